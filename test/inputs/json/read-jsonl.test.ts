import { existsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import zlib from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readDocuments } from '../../../src/inputs/read-documents.js'
import {
  collect,
  documentsOf,
  outcomesOf,
  readChunks,
  readFileOf,
  rejectionsOf,
  textsOf,
  withFiles,
} from '../collect.js'

const medquad = fileURLToPath(new URL('../../../../shared/data/medquad/corpus.jsonl', import.meta.url))

describe('reading JSONL', () => {
  test('each line gives a document with its id, text, payload, line and byte offset', async () => {
    const records = await readFileOf('a.jsonl', '{"id":7,"text":"é one","n":1}\n{"id":"b","text":"two"}\n')
    expect(documentsOf(records).map(({ document }) => document)).toEqual([
      { id: 7, text: 'é one', payload: { id: 7, text: 'é one', n: 1 } },
      { id: 'b', text: 'two', payload: { id: 'b', text: 'two' } },
    ])
    expect(records.map(({ place }) => [place.line, place.byteOffset])).toEqual([
      [1, 0],
      [2, 31],
    ])
  })

  test('a byte order mark, CRLF, empty lines and a last line without newline change nothing but offsets', async () => {
    const records = await readFileOf('a.jsonl', '\ufeff{"text":"one"}\r\n\r\n  \t\n{"text":"two"}')
    expect(textsOf(records)).toEqual(['one', 'two'])
    expect(records.map(({ place }) => [place.line, place.byteOffset])).toEqual([
      [1, 3],
      [4, 25],
    ])
  })

  test('invalid UTF-8 is rejected at the offset of the bad byte, and U+FFFD itself is accepted', async () => {
    const bad = Buffer.concat([Buffer.from('{"text":"\ufffd é'), Buffer.from([0xc3]), Buffer.from('"}\n')])
    const records = await readFileOf('a.jsonl', Buffer.concat([Buffer.from('{"text":"\ufffd"}\n'), bad, bad]))
    expect(outcomesOf(records)).toEqual(['\ufffd', 'INVALID_UTF8@2', 'INVALID_UTF8@3'])
    expect(rejectionsOf(records)[0]!.place.byteOffset).toBe(15 + 15)
  })

  test('a line over the limit is passed over in bounded memory and the next line is read', async () => {
    const long = 300
    function* chunks(): Generator<Buffer> {
      yield Buffer.from('{"text":"one"}\n{"text":"')
      for (let i = 0; i < long; i++) yield Buffer.alloc(2 ** 20, 'x')
      yield Buffer.from('"}\n{"text":"two"}\n')
    }
    const before = process.memoryUsage().arrayBuffers
    const records = await readChunks('jsonl', chunks(), 2 ** 21)
    const grownMb = (process.memoryUsage().arrayBuffers - before) / 2 ** 20
    expect(outcomesOf(records)).toEqual(['one', 'LINE_TOO_LONG@2', 'two'])
    expect(documentsOf(records)[1]!.place).toMatchObject({ line: 3, byteOffset: 15 + 9 + long * 2 ** 20 + 3 })
    // Garbage of a few chunks may be left, but never the 300 MB of the line.
    expect(grownMb).toBeLessThan(150)
  })

  test('a line exactly at the limit is read and one byte more is not', async () => {
    const line = '{"text":"abc"}'
    for (const end of ['', '\n']) {
      expect(outcomesOf(await readChunks('jsonl', [Buffer.from(line + end)], line.length))).toEqual(['abc'])
      expect(outcomesOf(await readChunks('jsonl', [Buffer.from(line + end)], line.length - 1))).toEqual([
        'LINE_TOO_LONG@1',
      ])
    }
  })

  test('a file that grows while it is read ends at the size it had when opened', async () => {
    await withFiles({ 'a.jsonl': '{"text":"x"}\n'.repeat(60_000) }, async (folder) => {
      const path = join(folder, 'a.jsonl')
      const file = await open(path, 'a')
      let documents = 0
      for await (const batch of readDocuments([path])) {
        documents += batch.length
        await file.write('{"text":"more"}\n')
      }
      await file.close()
      expect(documents).toBe(60_000)
    })
  })

  test.each(['[{"text":"a"},{"text":"b"}]', '\ufeff \n[\n{"text":"a"},\n{"text":"b"}\n]'])(
    'where a file is one array, its first rejection says --format json: %j',
    async (json) => {
      const [first, ...others] = rejectionsOf(await readFileOf('a.jsonl', json))
      expect(first!.reason).toMatch(/; if the file is one array of objects, say --format json\.$/)
      expect(others.every(({ reason }) => !reason.includes('--format'))).toBe(true)
      expect(outcomesOf(await readFileOf('a.jsonl', json, { format: 'json' }))).toEqual(['a', 'b'])
      const [other] = rejectionsOf(await readFileOf('a.jsonl', '{"text":"a"}\n[1]\n'))
      expect(other!.reason).not.toContain('--format')
    },
  )

  test.each<[string, (text: Buffer) => Buffer]>([
    ['gzip', (text) => zlib.gzipSync(text)],
    // a frame of one block that is not compressed
    [
      'zstd',
      (text) =>
        Buffer.concat([
          Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, text.length, (text.length << 3) | 1, text.length >> 5, 0]),
          text,
        ]),
    ],
  ])('stdin that is compressed with %s is read, whatever its chunks', async (_, compress) => {
    const bytes = compress(Buffer.from('{"text":"one"}\n{"text":"two"}\n'))
    for (const chunks of [[bytes], Array.from(bytes, (byte) => Buffer.of(byte))]) {
      expect(outcomesOf(await collect(readDocuments(['-'], { stdin: Readable.from(chunks) })))).toEqual(['one', 'two'])
    }
    const cut = await collect(readDocuments(['-'], { stdin: Readable.from([bytes.subarray(0, 3)]) }))
    expect(rejectionsOf(cut)).toHaveLength(1)
  })

  test('stdin of fewer bytes than tell a compression is text', async () => {
    for (const text of ['', '{', '\x1f', '(']) {
      const records = await collect(readDocuments(['-'], { stdin: Readable.from([Buffer.from(text)]) }))
      expect(outcomesOf(records)).toEqual(text === '' ? [] : ['INVALID_JSON@1'])
    }
  })

  test('stdin is read as JSONL, from bytes or strings', async () => {
    const records = await collect(
      readDocuments(['-'], { stdin: Readable.from(['{"text":"o', 'ne"}\n{"te', 'xt":"two"}']) }),
    )
    expect(textsOf(records)).toEqual(['one', 'two'])
    expect(records[0]!.place.file).toBe('-')
  })

  test('leaving the loop early closes the file', async () => {
    await withFiles({ 'a.jsonl': '{"text":"x"}\n'.repeat(100_000) }, async (folder) => {
      for await (const batch of readDocuments([join(folder, 'a.jsonl')])) {
        expect(batch.length).toBeGreaterThan(0)
        break
      }
    })
  })

  test('a batch holds at most 256 records', async () => {
    await withFiles({ 'a.jsonl': '{"text":"x"}\n'.repeat(1000) }, async (folder) => {
      const sizes: number[] = []
      for await (const batch of readDocuments([join(folder, 'a.jsonl')])) sizes.push(batch.length)
      expect(sizes).toEqual([256, 256, 256, 232])
    })
  })

  test('the same records come out however the bytes are split', async () => {
    const record = fc.oneof(
      fc.record({ id: fc.nat(), text: fc.string({ unit: 'binary' }) }).map((value) => JSON.stringify(value)),
      fc.constantFrom('{"text":', '', 'null', '[1]', '{"text":"a\ufeffb"}', '{"title":"é","text":"ü\\u0000"}'),
    )
    const newline = fc.constantFrom('\n', '\r\n')
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(record, newline), { maxLength: 12 }),
        fc.array(fc.nat(400), { maxLength: 12 }),
        async (lines, cuts) => {
          const bytes = Buffer.from(lines.flat().join(''))
          const whole = await readChunks('jsonl', [bytes])
          const positions = [...new Set(cuts.filter((cut) => cut < bytes.length))].sort((a, b) => a - b)
          const chunks = [0, ...positions].map((cut, i) => bytes.subarray(cut, positions[i] ?? bytes.length))
          expect(await readChunks('jsonl', chunks)).toEqual(whole)
        },
      ),
    )
  })

  test('among broken lines every good document comes once, in order, and every bad line is rejected with its number', async () => {
    const good = fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => text.trim() !== '')
    const bad = fc.constantFrom(
      '{"text"',
      '{"text":1}',
      '{}',
      '[]',
      '"x"',
      '{"text":" "}',
      '\u0000',
      '{"text":"a"}}',
      'NaN',
    )
    const line = fc.oneof(
      good.map((text) => ({ text })),
      bad.map((raw) => ({ raw })),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 60 }), fc.boolean(), async (lines, hasLastNewline) => {
        const raw = lines.map((entry) => ('raw' in entry ? entry.raw : JSON.stringify({ text: entry.text })))
        const records = await readChunks('jsonl', [Buffer.from(raw.join('\n') + (hasLastNewline ? '\n' : ''))])
        expect(records.map(({ place }) => place.line)).toEqual(lines.map((_, i) => i + 1))
        expect(records.map((entry) => (entry.kind === 'document' ? entry.document.text : null))).toEqual(
          lines.map((entry) => ('raw' in entry ? null : entry.text)),
        )
      }),
    )
  })

  test.skipIf(!existsSync(medquad))(
    'the 14,140 documents of MedQuAD are read (needs ../shared/data/medquad)',
    async () => {
      const records = await collect(readDocuments([medquad]))
      expect(documentsOf(records).length).toBe(14_140)
      expect(records.length).toBe(14_140)
      expect(documentsOf(records)[0]!.document.id).toBe('0000001_1-1')
    },
  )
})
