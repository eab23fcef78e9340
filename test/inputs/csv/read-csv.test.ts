import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { documentsOf, outcomesOf, readChunks, readFileOf, rejectionsOf } from '../collect.js'

async function read(csv: string, maxLineBytes?: number, strings = false) {
  return await readChunks('csv', [Buffer.from(csv)], maxLineBytes, strings)
}

describe('reading CSV', () => {
  test('quoted fields hold delimiters, line ends and doubled quotes, and the line is the one on which the record begins', async () => {
    const records = await read('id,text\r\n1,"a, ""b""\r\nc"\r\n\r\nx-2,"d"\r\n3,5" wide')
    expect(
      documentsOf(records).map(({ document, place }) => [document.id, document.text, place.line, place.byteOffset]),
    ).toEqual([
      [1, 'a, "b"\r\nc', 2, 9],
      ['x-2', 'd', 5, 28],
      [3, '5" wide', 6, 37],
    ])
    expect(documentsOf(records)[0]!.document.payload).toEqual({ id: '1', text: 'a, "b"\r\nc' })
  })

  test('an id is a number only when it is written as JSON writes an unsigned integer', async () => {
    const records = await read('id,text\n0,t\n17,t\n017,t\n-1,t\n1.0,t\n9007199254740993,t\n,t\n')
    expect(documentsOf(records).map(({ document }) => document.id)).toEqual([
      0,
      17,
      '017',
      '-1',
      '1.0',
      '9007199254740993',
      null,
    ])
  })

  test('a record with too few or too many columns is rejected with its line', async () => {
    const records = await read('id,text\n1,a\n2\n3,c,d\n4,e\n')
    expect(outcomesOf(records)).toEqual(['a', 'WRONG_COLUMN_COUNT@3', 'WRONG_COLUMN_COUNT@4', 'e'])
    expect(rejectionsOf(records)[0]!.reason).toMatch(/^Expected 2 columns as in the header, got 1/)
  })

  test('text after a closing quote rejects that record alone', async () => {
    expect(outcomesOf(await read('id,text\n1,"a"b\n2,"c"\n3,d\n'))).toEqual(['BROKEN_QUOTES@2', 'c', 'd'])
  })

  test('a quote that is never closed rejects its record and the next lines are read', async () => {
    expect(outcomesOf(await read('id,text\n1,"a\n2,b\n3,c\n'))).toEqual(['BROKEN_QUOTES@2', 'b', 'c'])
    expect(outcomesOf(await read('id,text\n1,"a\n2,"b"\n3,c\n'))).toEqual(['BROKEN_QUOTES@2', 'b', 'c'])
  })

  test('a quote that is not closed within the limit rejects its record and the next lines are read', async () => {
    const records = await read(`id,text\n1,"a\n${'2,b\n'.repeat(100)}`, 50)
    expect(outcomesOf(records)).toEqual(['LINE_TOO_LONG@2', ...Array(100).fill('b')])
  })

  test('a header without a text column is one rejection, not one per row', async () => {
    const records = await read('id,abstract\n1,a\n2,b\n')
    expect(outcomesOf(records)).toEqual(['MISSING_TEXT@1'])
    expect(rejectionsOf(records)[0]!.reason).toContain(
      'got the fields abstract, id; name the text field: --text abstract',
    )
  })

  test('columns without a name or with the name of another are renamed', async () => {
    const records = await read('text,,text,__proto__\na,b,c,d\n')
    const payload = documentsOf(records)[0]!.document.payload
    expect(Object.entries(payload)).toEqual([
      ['text', 'a'],
      ['column_2', 'b'],
      ['text_2', 'c'],
      ['__proto__', 'd'],
    ])
  })

  test('TSV takes tabs as delimiters and commas as text', async () => {
    expect(outcomesOf(await readFileOf('a.tsv', 'id\ttext\n1\ta, b\n2\t"c\td"\n'))).toEqual(['a, b', 'c\td'])
  })

  test('well-formed CSV gives what csv-parse gives where values stay text', async () => {
    const field = fc.string({ unit: fc.constantFrom('a', 'é', '"', ',', '\n', '\r\n', ' ', '😀', 'b') })
    const row = fc.tuple(
      field,
      field,
      field.map((text) => `t${text}`),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1 }), fc.constantFrom('\n', '\r\n'), async (rows, newline) => {
        const quote = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
        const csv = [['a', 'b', 'text'], ...rows].map((fields) => fields.map(quote).join(',')).join(newline)
        const oracle = parse(csv, { columns: true, record_delimiter: newline }) as Record<string, string>[]
        const records = await read(csv, undefined, true)
        expect(documentsOf(records).map(({ document }) => document.payload)).toEqual(oracle)
        expect(records.length).toBe(rows.length)
      }),
    )
  })

  test('the same records come out however the bytes are split, broken ones included', async () => {
    const csv = fc.string({
      unit: fc.constantFrom('a', 'é', '"', '""', ',', '\n', '\r\n', '1,x\n', '2,"y"\n'),
      maxLength: 60,
    })
    await fc.assert(
      fc.asyncProperty(csv, fc.integer({ min: 1, max: 9 }), async (body, size) => {
        const bytes = Buffer.from(`id,text\n${body}`)
        const chunks: Buffer[] = []
        for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size))
        expect(await readChunks('csv', chunks)).toEqual(await readChunks('csv', [bytes]))
      }),
    )
  })
})
