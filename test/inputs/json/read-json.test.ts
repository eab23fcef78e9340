import zlib from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { documentsOf, outcomesOf, readFileOf, rejectionsOf } from '../collect.js'

const a = '{"text":"a"}'
const b = '{"text":"b"}'

describe('a .json file', () => {
  test.each<[string, string, string[]]>([
    ['an array', `[${a},${b}]`, ['a', 'b']],
    ['one object a line', `${a}\n${b}\n`, ['a', 'b']],
    ['one object a line, one of them broken', `${a}\n{"text":}\n${b}`, ['a', 'INVALID_JSON@2', 'b']],
    ['one object a line, the first of them broken', `{"text":}\n${b}`, ['INVALID_JSON@1', 'b']],
    [
      'an object with the list in it',
      `{"version":1,"meta":{"data":[1]},"ids":[1,2],"data":[${a},${b}],"more":[{}]}`,
      ['a', 'b'],
    ],
    ['the same over many lines', `{\n "count": 2,\n "data": [\n  ${a},\n  ${b}\n ]\n}\n`, ['a', 'b']],
    ['a broken element in the list', `{"data":[${a},{"text":},${b}]}`, ['a', 'INVALID_JSON@2', 'b']],
    ['a list that is cut off', `{"data":[${a},{"text":"b`, ['a', 'TRUNCATED_INPUT@2']],
    ['a single document', '{\n "text": "a",\n "tags": [{"text":"no"}]\n}', ['a']],
    ['an object without a list', '{"a":{"b":[{}]},"c":[1]}', ['NOT_AN_ARRAY@-']],
    ['an empty object', '{}', ['NOT_AN_ARRAY@-']],
    ['an object that is cut off', '{"a":', ['NOT_AN_ARRAY@-']],
  ])('%s', async (_, json, expected) => {
    expect(outcomesOf(await readFileOf('a.json', json))).toEqual(expected)
    expect(outcomesOf(await readFileOf('a.json.gz', zlib.gzipSync(json)))).toEqual(expected)
  })

  test('a list within an object is read element by element, whatever its size', async () => {
    const element = (i: number) => JSON.stringify({ id: i, text: `text ${i} ${'x'.repeat(200)}` })
    const json = `{"info":{"a":"]}"},"rows":[${Array.from({ length: 20_000 }, (_, i) => element(i)).join(',\n')}],"end":true}`
    const notices: string[] = []
    const records = await readFileOf('a.json', json, { onNotice: ({ message }) => notices.push(message) })
    expect(documentsOf(records).map(({ document }) => document.id)).toEqual(Array.from({ length: 20_000 }, (_, i) => i))
    expect(notices).toEqual(['JSON: the objects of its field "rows"'])
  })

  test('one object a line is read though the file is longer than what is looked at', async () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => JSON.stringify({ id: i, text: `text ${'x'.repeat(100)}` }))
    expect(documentsOf(await readFileOf('a.json', lines.join('\n'))).length).toBe(20_000)
  })
})

describe('--format', () => {
  test('text is one text a line, without fields; blank lines give nothing', async () => {
    const records = await readFileOf('a.txt', 'one\r\n\n  \ntwo words', { format: 'text' })
    expect(
      documentsOf(records).map(({ document, place }) => [document.id, document.text, document.payload, place.line]),
    ).toEqual([
      [null, 'one', {}, 1],
      [null, 'two words', {}, 4],
    ])
    expect(outcomesOf(await readFileOf('a.log.gz', zlib.gzipSync('x\ny'), { format: 'text' }))).toEqual(['x', 'y'])
  })

  test.each<[string, string, string, string[]]>([
    ['a.dat', 'jsonl', `${a}\n${b}`, ['a', 'b']],
    ['a', 'json', `[${a}]`, ['a']],
    ['a.txt', 'csv', 'id;text\n1;a', ['a']],
    ['a.txt', 'tsv', 'id\ttext\n1\ta', ['a']],
  ])('%s read as %s', async (name, format, content, expected) => {
    expect(outcomesOf(await readFileOf(name, content, { format: format as 'json' }))).toEqual(expected)
  })
})

describe('a file that is no text', () => {
  test.each([
    ['a.pdf', '%PDF-1.7\n', /a PDF document; .*pdftotext/],
    ['a.docx', 'PK\x03\x04', /a Word document; .*pandoc/],
    ['a.sqlite', 'x', /a SQLite database; .*sqlite3 -header -csv/],
    ['a.unknown', 'SQLite format 3\0', /a SQLite database/],
    ['a', 'PAR1', /a Parquet file; .*--format parquet/],
    ['a.xlsx', 'x', /a spreadsheet; save each sheet as CSV/],
    ['a.tar', 'x', /a tar archive; unpack/],
  ])('%s is named as what it is, with what to do', async (name, content, message) => {
    await expect(readFileOf(name, content)).rejects.toMatchObject({ code: 'UNSUPPORTED_FORMAT', message })
  })

  test.each([
    ['a.txt', '%PDF-1.7\n%âãÏÓ'],
    ['a.md', 'PK\x03\x04\x14'],
    ['a.csv', 'SQLite format 3\0'],
    ['a.jsonl', 'PAR1\x15\x04'],
  ])('%s that holds another kind of file is one rejection that names it', async (name, content) => {
    const [rejection, ...others] = rejectionsOf(await readFileOf(name, Buffer.from(content, 'latin1')))
    expect(others).toEqual([])
    expect(rejection).toMatchObject({
      code: 'UNSUPPORTED_FORMAT',
      reason: expect.stringMatching(/^Expected text, got a/),
    })
  })

  test.each([
    ['https://example.org/a.jsonl', /curl -LO https/],
    ['s3://bucket/a.parquet', /copy it here/],
  ])('the address %s is not fetched, and it is said what to do', async (source, message) => {
    const { readDocuments } = await import('../../../src/inputs/read-documents.js')
    await expect(readDocuments([source]).next()).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND', message })
  })
})
