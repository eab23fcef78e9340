import zlib from 'node:zlib'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, test } from 'vitest'
import { canDecompress } from '../../src/inputs/decompress.js'
import { documentsOf, outcomesOf, readFileOf, rejectionsOf } from './collect.js'

const ok = '{"id":1,"text":"fine"}'
const line = (text: string): string => JSON.stringify({ text })
const bytes = (...parts: (string | number[])[]): Buffer =>
  Buffer.concat(parts.map((part) => Buffer.from(part as string)))
const many = Array.from({ length: 5000 }, (_, i) =>
  JSON.stringify({ id: i, text: `text number ${i} ${Math.sin(i)}` }),
).join('\n')
const manyGz = zlib.gzipSync(many)
const parquet = Buffer.from(parquetWriteBuffer({ columnData: [{ name: 'text', data: ['one', 'two'] }] }))

function replaced(source: Buffer, at: number, ...values: number[]): Buffer {
  const copy = Buffer.from(source)
  copy.set(values, at)
  return copy
}

/** name of the case, file name, content, what comes out: texts, or the codes of rejections with line or row. */
const cases: [string, string, string | Uint8Array, string[]][] = [
  ['an empty file', 'a.jsonl', '', []],
  ['only a byte order mark', 'a.jsonl', '\ufeff', []],
  ['half a byte order mark', 'a.jsonl', bytes([0xef, 0xbb]), ['INVALID_UTF8@1']],
  ['only newlines', 'a.jsonl', '\n\r\n\n', []],
  ['two byte order marks', 'a.jsonl', `\ufeff\ufeff${ok}`, ['INVALID_JSON@1']],
  ['a byte order mark on line 2', 'a.jsonl', `${ok}\n\ufeff${ok}`, ['fine', 'INVALID_JSON@2']],
  ['UTF-16 little endian', 'a.jsonl', Buffer.from(`\ufeff${ok}\n${ok}`, 'utf16le'), ['INVALID_UTF8@1']],
  ['UTF-16 big endian', 'a.jsonl', Buffer.from(`\ufeff${ok}\n${ok}`, 'utf16le').swap16(), ['INVALID_UTF8@1']],
  ['Latin-1', 'a.jsonl', Buffer.from(`${line('café')}\n${ok}`, 'latin1'), ['INVALID_UTF8@1', 'fine']],
  ['a lone continuation byte', 'a.jsonl', bytes('{"text":"', [0x80], `"}\n${ok}`), ['INVALID_UTF8@1', 'fine']],
  ['a cut-off character', 'a.jsonl', bytes('{"text":"', [0xe2, 0x82], `"}\n${ok}`), ['INVALID_UTF8@1', 'fine']],
  ['an overlong slash', 'a.jsonl', bytes('{"text":"', [0xc0, 0xaf], `"}\n${ok}`), ['INVALID_UTF8@1', 'fine']],
  ['a surrogate in UTF-8', 'a.jsonl', bytes('{"text":"', [0xed, 0xa0, 0x80], `"}\n${ok}`), ['INVALID_UTF8@1', 'fine']],
  ['beyond U+10FFFF', 'a.jsonl', bytes('{"text":"', [0xf4, 0x90, 0x80, 0x80], `"}\n${ok}`), ['INVALID_UTF8@1', 'fine']],
  ['the byte FF', 'a.jsonl', bytes([0xff], `\n${ok}`), ['INVALID_UTF8@1', 'fine']],
  ['invalid UTF-8 at the very end', 'a.jsonl', bytes(`${ok}\n`, [0xe2]), ['fine', 'INVALID_UTF8@2']],
  ['raw NUL bytes', 'a.jsonl', bytes([0, 0, 0], `\n${ok}`), ['INVALID_JSON@1', 'fine']],
  ['escaped NULs', 'a.jsonl', line('a\0b'), ['a\0b']],
  ['only NULs as text', 'a.jsonl', line('\0\0'), ['\0\0']],
  ['a lone high surrogate', 'a.jsonl', '{"text":"a\\ud800"}', ['a\ufffd']],
  ['a lone low surrogate', 'a.jsonl', '{"text":"\\udfffa"}', ['\ufffda']],
  ['surrogates in the wrong order', 'a.jsonl', '{"text":"\\ude00\\ud83d"}', ['\ufffd\ufffd']],
  ['an escaped pair', 'a.jsonl', '{"text":"\\ud83d\\ude00"}', ['😀']],
  ['noncharacters', 'a.jsonl', line('\uffff\ufdd0'), ['\uffff\ufdd0']],
  ['private use', 'a.jsonl', line('\ue000\u{10fffd}'), ['\ue000\u{10fffd}']],
  ['only emoji', 'a.jsonl', line('👩‍👩‍👧‍👦🏳️‍🌈'), ['👩‍👩‍👧‍👦🏳️‍🌈']],
  ['only combining marks', 'a.jsonl', line('\u0301\u0302'), ['\u0301\u0302']],
  ['right to left', 'a.jsonl', line('שלום مرحبا'), ['שלום مرحبا']],
  ['bidirectional overrides', 'a.jsonl', line('\u202eabc\u2066'), ['\u202eabc\u2066']],
  ['zero-width joiners only', 'a.jsonl', line('\u200d\u200b'), ['\u200d\u200b']],
  ['control characters', 'a.jsonl', line('\u0001\u001b[31m'), ['\u0001\u001b[31m']],
  ['line separators inside a text', 'a.jsonl', '{"text":"a\u2028b\u2029c\u0085d"}', ['a\u2028b\u2029c\u0085d']],
  ['every kind of white space', 'a.jsonl', line(' \t\n\v\f\r\u00a0\u2003\u3000\ufeff'), ['NO_TEXT@1']],
  ['an empty text', 'a.jsonl', line(''), ['NO_TEXT@1']],
  ['a text of null', 'a.jsonl', '{"text":null}', ['NO_TEXT@1']],
  ['a text of 5', 'a.jsonl', '{"text":5}', ['TEXT_NOT_STRING@1']],
  ['no text field', 'a.jsonl', '{"txt":"a"}', ['MISSING_TEXT@1']],
  ['an empty object', 'a.jsonl', '{}', ['MISSING_TEXT@1']],
  ['inherited names', 'a.jsonl', '{"__proto__":{"text":"a"}}', ['MISSING_TEXT@1']],
  [
    'a polluting payload',
    'a.jsonl',
    '{"text":"a","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
    ['a'],
  ],
  ['not an object', 'a.jsonl', 'true\n5\n"a"\n[]\nnull', [1, 2, 3, 4, 5].map((n) => `NOT_AN_OBJECT@${n}`)],
  ['two objects on a line', 'a.jsonl', `${ok}${ok}`, ['INVALID_JSON@1']],
  ['a trailing comma', 'a.jsonl', `${ok},\n${ok}`, ['INVALID_JSON@1', 'fine']],
  ['an array in a .jsonl file', 'a.jsonl', `[\n${ok}\n]`, ['INVALID_JSON@1', 'fine', 'INVALID_JSON@3']],
  ['single quotes', 'a.jsonl', "{'text':'a'}", ['INVALID_JSON@1']],
  ['a comment', 'a.jsonl', `// comment\n${ok}`, ['INVALID_JSON@1', 'fine']],
  ['NaN', 'a.jsonl', '{"text":"a","x":NaN}', ['INVALID_JSON@1']],
  ['a raw newline in a string', 'a.jsonl', '{"text":"a\nb"}', ['INVALID_JSON@1', 'INVALID_JSON@2']],
  ['a raw tab in a string', 'a.jsonl', '{"text":"a\tb"}', ['INVALID_JSON@1']],
  ['a bad escape', 'a.jsonl', '{"text":"\\x41"}', ['INVALID_JSON@1']],
  ['old Mac line ends', 'a.jsonl', `${ok}\r${ok}`, ['INVALID_JSON@1']],
  ['HTML', 'a.jsonl', '<!doctype html>\n<p>', ['INVALID_JSON@1', 'INVALID_JSON@2']],
  ['duplicate keys', 'a.jsonl', '{"text":"a","text":"b"}', ['b']],
  ['duplicate ids', 'a.jsonl', `${ok}\n${ok}`, ['fine', 'fine']],
  ['huge numbers', 'a.jsonl', `{"text":"a","n":1e999,"m":${'9'.repeat(100_000)}}`, ['a']],
  ['a huge id', 'a.jsonl', `{"text":"a","id":${'9'.repeat(100_000)}}`, ['a']],
  ['an id of true', 'a.jsonl', '{"text":"a","id":true}', ['INVALID_ID@1']],
  ['100,000 open brackets', 'a.jsonl', `${'['.repeat(100_000)}\n${ok}`, ['INVALID_JSON@1', 'fine']],
  [
    '100,000 levels of arrays',
    'a.jsonl',
    `{"text":"a","x":${'['.repeat(1e5)}${']'.repeat(1e5)}}\n${ok}`,
    ['TOO_DEEP@1', 'fine'],
  ],
  ['100,000 levels of objects', 'a.jsonl', `${'{"a":'.repeat(1e5)}1${'}'.repeat(1e5)}\n${ok}`, ['TOO_DEEP@1', 'fine']],
  [
    '100,000 levels with a lone surrogate',
    'a.jsonl',
    `{"text":"\\ud800","x":${'['.repeat(1e5)}${']'.repeat(1e5)}}`,
    ['TOO_DEEP@1'],
  ],
  ['100,000 fields', 'a.jsonl', `{"text":"a"${Array.from({ length: 1e5 }, (_, i) => `,"${i}":0`).join('')}}`, ['a']],
  ['a field name of 1 MB', 'a.jsonl', `{"${'k'.repeat(1e6)}":1}`, ['MISSING_TEXT@1']],
  ['a text of 10 MB', 'a.jsonl', line('x'.repeat(10 * 2 ** 20)), ['x'.repeat(10 * 2 ** 20)]],
  ['a text of 10 MB and a byte', 'a.jsonl', line('x'.repeat(10 * 2 ** 20 + 1)), ['TEXT_TOO_LONG@1']],
  [
    'a line over 64 MB',
    'a.jsonl',
    Buffer.concat([Buffer.alloc(2 ** 26 + 1, 'x'), Buffer.from(`\n${ok}`)]),
    ['LINE_TOO_LONG@1', 'fine'],
  ],
  ['100,000 empty lines', 'a.jsonl', `${'\n'.repeat(1e5)}${ok}`, ['fine']],
  ['binary', 'a.jsonl', Buffer.from('89504e470d1a0a0000000d49484452ff', 'hex'), ['INVALID_UTF8@1', 'INVALID_UTF8@2']],
  ['an upper-case ending', 'A.NDJSON', ok, ['fine']],

  ['gzip', 'a.jsonl.gz', zlib.gzipSync(ok), ['fine']],
  ['two gzip members', 'a.jsonl.gz', Buffer.concat([zlib.gzipSync(`${ok}\n`), zlib.gzipSync(ok)]), ['fine', 'fine']],
  ['an empty .gz', 'a.jsonl.gz', '', ['TRUNCATED_INPUT@1']],
  ['gzip of nothing', 'a.jsonl.gz', zlib.gzipSync(''), []],
  ['gzip cut in its header', 'a.jsonl.gz', zlib.gzipSync(ok).subarray(0, 5), ['TRUNCATED_INPUT@1']],
  ['gzip without its checksum', 'a.jsonl.gz', zlib.gzipSync(ok).subarray(0, -8), ['fine', 'TRUNCATED_INPUT@1']],
  [
    'gzip with a wrong checksum',
    'a.jsonl.gz',
    replaced(zlib.gzipSync(ok), zlib.gzipSync(ok).length - 8, 1, 2),
    ['CORRUPT_INPUT@1'],
  ],
  ['a .gz that is none', 'a.jsonl.gz', ok, ['CORRUPT_INPUT@1']],
  ['CSV in a cut gzip', 'a.csv.gz', zlib.gzipSync('text\na\nbc').subarray(0, -8), ['a', 'TRUNCATED_INPUT@3']],
  ['a text file in gzip', 'a.txt.gz', zlib.gzipSync('hello'), ['hello']],

  ['an empty CSV', 'a.csv', '', []],
  ['a CSV of only a header', 'a.csv', 'id,text\n', []],
  ['a CSV of empty lines', 'a.csv', '\n\r\n\n', []],
  ['a CSV with a byte order mark', 'a.csv', '\ufefftext\na', ['a']],
  ['a CSV in UTF-16', 'a.csv', Buffer.from('\ufefftext\na', 'utf16le'), ['INVALID_UTF8@1']],
  ['a CSV with semicolons', 'a.csv', 'id;text\n1;a', ['MISSING_TEXT@1']],
  ['a CSV with invalid UTF-8', 'a.csv', bytes('text\n', [0xff], '\nb'), ['INVALID_UTF8@2', 'b']],
  ['a CSV with NULs', 'a.csv', 'text\na\0b', ['a\0b']],
  ['a CSV with a quote alone', 'a.csv', 'text\n"', ['BROKEN_QUOTES@2']],
  ['a CSV with an open header', 'a.csv', '"text\na\nb', ['BROKEN_QUOTES@1']],
  ['a CSV with empty quotes', 'a.csv', 'id,text\n1,""\n2,b', ['NO_TEXT@2', 'b']],
  ['a CSV of quotes only', 'a.csv', `text\n${'"'.repeat(10_001)}`, ['BROKEN_QUOTES@2']],
  [
    'a CSV with 10,000 open quotes',
    'a.csv',
    `id,text\n${'1,"a\n'.repeat(9999)}`,
    Array.from({ length: 9999 }, (_, i) => `BROKEN_QUOTES@${i + 2}`),
  ],

  ['Parquet', 'a.parquet', parquet, ['one', 'two']],
  ['an empty .parquet', 'a.parquet', '', ['INVALID_PARQUET@-']],
  ['a cut Parquet', 'a.parquet', parquet.subarray(0, -20), ['INVALID_PARQUET@-']],
  ['text named .parquet', 'a.parquet', ok, ['INVALID_PARQUET@-']],
  [
    'a Parquet footer of the wrong length',
    'a.parquet',
    replaced(parquet, parquet.length - 8, 255, 255, 255, 127),
    ['INVALID_PARQUET@-'],
  ],
  ['Parquet within gzip', 'a.parquet.gz', zlib.gzipSync(parquet), ['UNSUPPORTED_FORMAT@-']],

  ['an empty .json', 'a.json', '', ['NOT_AN_ARRAY@-']],
  ['an object in a .json', 'a.json', ok, ['NOT_AN_ARRAY@-']],
  ['100,000 levels in a .json', 'a.json', `[${'['.repeat(1e5)}${']'.repeat(1e5)},${ok}]`, ['NOT_AN_OBJECT@1', 'fine']],
  [
    'a .json cut within gzip',
    'a.json.gz',
    zlib.gzipSync(`[${ok},${ok}]`).subarray(0, -8),
    ['fine', 'fine', 'TRUNCATED_INPUT@-'],
  ],

  ['an empty .txt', 'a.txt', '', ['NO_TEXT@-']],
  ['a .txt in Latin-1', 'a.txt', bytes('caf', [0xe9]), ['INVALID_UTF8@-']],
  ['a .txt over the limit', 'a.txt', 'x'.repeat(10 * 2 ** 20 + 1), ['TEXT_TOO_LONG@-']],
  ['a .md with a byte order mark', 'a.md', '\ufeff# Title', ['# Title']],
]

describe('hostile inputs end in documents and explained rejections', () => {
  test.each(cases)('%s', async (_, name, content, expected) => {
    const records = await readFileOf(name, content)
    expect(outcomesOf(records)).toEqual(expected)
    for (const { code, reason } of rejectionsOf(records)) {
      expect(code).toMatch(/^[A-Z][A-Z0-9_]+$/)
      expect(reason).toMatch(/^Expected .*(?:, got |; )/s)
      expect(reason.length).toBeLessThan(2000)
    }
    for (const { document } of documentsOf(records)) {
      // What a store and a server need: a payload that is JSON of well-formed text.
      expect(Buffer.from(JSON.stringify(document.payload)).toString()).toBe(JSON.stringify(document.payload))
      expect(JSON.stringify(document.payload)).not.toMatch(/(?<!\\)(?:\\\\)*\\ud[89a-f]/)
    }
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  test('of a gzip file cut in the middle every whole line before the cut is read', async () => {
    for (const share of [0.1, 0.5, 0.9]) {
      const records = await readFileOf('a.jsonl.gz', manyGz.subarray(0, Math.floor(manyGz.length * share)))
      const documents = documentsOf(records)
      expect(documents.map(({ document }) => document.id)).toEqual(documents.map((_, i) => i))
      expect(documents.length / 5000).toBeGreaterThan(share - 0.1)
      expect(outcomesOf(records).slice(documents.length)).toEqual([`TRUNCATED_INPUT@${documents.length + 1}`])
    }
  })

  test('of a gzip file damaged in the middle the lines before are read, then it is said where it broke', async () => {
    const middle = Math.floor(manyGz.length / 2)
    const records = await readFileOf('a.jsonl.gz', Buffer.from(manyGz).fill(0xff, middle, middle + 64))
    expect(rejectionsOf(records).at(-1)).toMatchObject({
      code: 'CORRUPT_INPUT',
      reason: expect.stringMatching(/after \d+ decompressed bytes/),
    })
    expect(documentsOf(records).length).toBeGreaterThan(1500)
  })

  test.runIf(canDecompress('zstd'))('zstd is read, and said where it is cut (needs Node 22.15)', async () => {
    const { zstdCompressSync } = zlib as unknown as { zstdCompressSync(input: string): Buffer }
    expect(outcomesOf(await readFileOf('a.jsonl.zst', zstdCompressSync(ok)))).toEqual(['fine'])
    const cut = await readFileOf('a.jsonl.zst', zstdCompressSync(many).subarray(0, -100))
    expect(rejectionsOf(cut).map(({ code }) => code)).toEqual(['TRUNCATED_INPUT'])
  })
})
