import zlib from 'node:zlib'
import fc from 'fast-check'
import { type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, test } from 'vitest'
import { documentsOf, outcomesOf, readFileOf, rejectionsOf } from './collect.js'

type WriteOptions = Omit<Parameters<typeof parquetWriteBuffer>[0], 'columnData'>

function parquet(columnData: ColumnSource[], options: WriteOptions = {}): Buffer {
  return Buffer.from(parquetWriteBuffer({ columnData, ...options }))
}

const texts = ['one', 'two', 'three', 'four', 'five']

describe('reading Parquet', () => {
  test('each row gives a document whose payload is JSON: integers, times, bytes, lists and nulls', async () => {
    const bytes = parquet([
      { name: 'id', data: [1n, 2n ** 53n + 1n], type: 'INT64' },
      { name: 'text', data: ['é', '😀'], type: 'STRING' },
      { name: 'when', data: [new Date(0), new Date(86_400_000)], type: 'TIMESTAMP' },
      { name: 'raw', data: [Uint8Array.of(0xff, 0xfe), Buffer.from('ascii')], type: 'BYTE_ARRAY' },
      { name: 'score', data: [0.5, null], type: 'DOUBLE', nullable: true },
      { name: 'meta', data: [{ a: [1] }, null], type: 'JSON', nullable: true },
    ])
    const documents = documentsOf(await readFileOf('a.parquet', bytes))
    expect(documents.map(({ document, place }) => [document.id, document.text, place.row])).toEqual([
      [1, 'é', 1],
      ['9007199254740993', '😀', 2],
    ])
    expect(documents.map(({ document }) => document.payload)).toEqual([
      { id: 1, text: 'é', when: '1970-01-01T00:00:00.000Z', raw: '//4=', score: 0.5, meta: { a: [1] } },
      { id: '9007199254740993', text: '😀', when: '1970-01-02T00:00:00.000Z', raw: 'ascii', score: null, meta: null },
    ])
  })

  test('row groups are read one after the other and rows are numbered through', async () => {
    const records = await readFileOf('a.parquet', parquet([{ name: 'text', data: texts }], { rowGroupSize: 2 }))
    expect(outcomesOf(records)).toEqual(texts)
    expect(records.map(({ place }) => place.row)).toEqual([1, 2, 3, 4, 5])
  })

  test.each<[string, (input: Uint8Array) => Uint8Array]>([
    ['GZIP', (input) => zlib.gzipSync(input)],
    ['BROTLI', (input) => zlib.brotliCompressSync(input)],
  ])('pages compressed by %s are read', async (codec, compress) => {
    const options = { codec: codec as 'GZIP', compressors: { [codec]: compress } }
    expect(outcomesOf(await readFileOf('a.parquet', parquet([{ name: 'text', data: texts }], options)))).toEqual(texts)
  })

  test('a codec that cannot be read is named', async () => {
    const options = { codec: 'LZ4_RAW' as const, compressors: { LZ4_RAW: (input: Uint8Array) => input } }
    const records = await readFileOf('a.parquet', parquet([{ name: 'text', data: texts }], options))
    expect(outcomesOf(records)).toEqual(['INVALID_PARQUET@1'])
    expect(rejectionsOf(records)[0]!.reason).toContain('LZ4_RAW')
  })

  test('a row whose text is not UTF-8 is rejected and the others are read', async () => {
    const bytes = parquet([{ name: 'text', data: ['aaaa', 'bbbb', 'cccc'], encoding: 'PLAIN' }], {
      codec: 'UNCOMPRESSED',
      statistics: false,
    })
    bytes[bytes.indexOf('bbbb') + 2] = 0xff
    expect(outcomesOf(await readFileOf('a.parquet', bytes))).toEqual(['aaaa', 'INVALID_UTF8@2', 'cccc'])
  })

  test('a row group that is damaged is one rejection and the others are read', async () => {
    const data = Array.from({ length: 6 }, (_, i) => `text number ${i}`)
    const bytes = parquet([{ name: 'text', data, encoding: 'PLAIN' }], {
      rowGroupSize: 2,
      codec: 'UNCOMPRESSED',
      statistics: false,
    })
    const at = bytes.indexOf('text number 2')
    bytes.writeUInt32LE(0xfffffff0, at - 4)
    const records = await readFileOf('a.parquet', bytes)
    expect(outcomesOf(records)).toEqual([data[0], data[1], 'INVALID_PARQUET@3', data[4], data[5]])
  })

  test('a file without a text column is one rejection that lists its columns', async () => {
    const records = await readFileOf('a.parquet', parquet([{ name: 'abstract', data: texts }]))
    expect(outcomesOf(records)).toEqual(['MISSING_TEXT@-'])
    expect(rejectionsOf(records)[0]!.reason).toContain('abstract')
  })

  test('a named column is the text', async () => {
    const bytes = parquet([{ name: 'abstract', data: texts }])
    expect(outcomesOf(await readFileOf('a.parquet', bytes, { text: 'abstract' }))).toEqual(texts)
  })

  test('a file cut off anywhere is one rejection', async () => {
    const bytes = parquet([{ name: 'text', data: texts }])
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), async (length) => {
        const records = await readFileOf('a.parquet', bytes.subarray(0, length))
        expect(records.map((record) => record.kind)).toEqual(['rejected'])
      }),
      { numRuns: 50 },
    )
  })

  test('a file with any damaged bytes ends in documents and explained rejections', async () => {
    const columns: ColumnSource[] = [
      { name: 'id', data: [1, 2, 3, 4, 5] },
      { name: 'text', data: texts },
    ]
    const files = [
      parquet(columns, { rowGroupSize: 2 }),
      parquet(columns, { codec: 'UNCOMPRESSED', statistics: false }),
    ]
    const damage = fc.array(fc.tuple(fc.nat(2000), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...files), damage, async (bytes, changes) => {
        const damaged = Buffer.from(bytes)
        for (const [at, flip] of changes) damaged[at % damaged.length]! ^= flip
        for (const record of await readFileOf('a.parquet', damaged)) {
          if (record.kind === 'rejected') expect(record.reason).toMatch(/^Expected .*, got /s)
        }
      }),
      // One series, always the same: hyparquet believes the counts of a damaged footer, and about one in some thousand
      // of such files keeps it busy for minutes, which no caller can interrupt.
      { numRuns: 400, seed: 20_261 },
    )
  })
})
