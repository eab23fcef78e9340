import { basename, join } from 'node:path'
import zlib from 'node:zlib'
import fc from 'fast-check'
import { type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, test } from 'vitest'
import type { InputRecord } from '../../../src/inputs/input-record.js'
import { readDocuments } from '../../../src/inputs/read-documents.js'
import { collect, documentsOf, outcomesOf, readFileOf, rejectionsOf, withFiles } from '../collect.js'

/** Long beside what a page of these files takes, short beside the minutes that a damaged one may. */
const STALL_MS = 2000

/** Two columns of five rows, damaged so that hyparquet counts on and on. */
const ENDLESS_FILE =
  'UEFSMRUGFSgVKFwVChUAFQoVABUAFQAAAAEAAAACAAAAAwAAAAQAAAAFAAAAFQYVThVOXBUKFQAVmBUAFQAVAAAAAwAAAG9uZQMAAAB0d28FAAAAdGhyZWUEAAAAZm91cgQAAABmaXZlFQQZPEgEcm9vdBUEABUCJQAYAmlkABUMJVkYBHRleHQlAAAWChkcGSwmCBwVAhkVABkYAmlkFQAWChZSFlImCAAAJlocFQwZFQAZGAR0ZXh0FQAWChZ4FngmWgAAFsoBFgo2ygEAKAloeXBhcnF1ZXQZLBwAABwAAAB6AAAAUEFSMQ=='

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
    ['LZ4_RAW', (input) => lz4Literals(input)],
    ['ZSTD', (input) => zstdRaw(input)],
  ])('pages compressed by %s are read', async (codec, compress) => {
    const options = { codec: codec as 'GZIP', compressors: { [codec]: compress } }
    expect(outcomesOf(await readFileOf('a.parquet', parquet([{ name: 'text', data: texts }], options)))).toEqual(texts)
  })

  test('a codec that cannot be read is named, with what to do', async () => {
    const options = { codec: 'LZO' as const, compressors: { LZO: (input: Uint8Array) => input } }
    const records = await readFileOf('a.parquet', parquet([{ name: 'text', data: texts }], options))
    expect(outcomesOf(records)).toEqual(['INVALID_PARQUET@1'])
    expect(rejectionsOf(records)[0]!.reason).toMatch(/LZO.*write the file again/)
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

  test('a damaged file that would keep the reader busy for minutes is rejected, and the files after it are read', async () => {
    const endless = Buffer.from(ENDLESS_FILE, 'base64')
    const records = await readFiles({ '0.parquet': endless, '1.parquet': parquet([{ name: 'text', data: texts }]) })
    expect(outcomesOf(records)).toEqual(['INVALID_PARQUET@1', ...texts])
    expect(rejectionsOf(records)[0]!.reason).toContain(`no progress for ${STALL_MS} ms`)
  })

  test('a file cut off anywhere is one rejection', async () => {
    const bytes = parquet([{ name: 'text', data: texts }])
    const lengths = fc.sample(fc.nat(bytes.length - 1), 50)
    const files = Object.fromEntries(lengths.map((length, i) => [`${i}.parquet`, bytes.subarray(0, length)]))
    const records = await readFiles(files)
    expect(records.map(({ kind, place }) => [kind, basename(place.file)])).toEqual(
      Object.keys(files).map((name) => ['rejected', name]),
    )
  })

  test('files with any damaged bytes end in documents and explained rejections, in bounded time, and the good one after them is read', async () => {
    const columns: ColumnSource[] = [
      { name: 'id', data: [1, 2, 3, 4, 5] },
      { name: 'text', data: texts },
    ]
    const whole = [
      parquet(columns, { rowGroupSize: 2 }),
      parquet(columns, { codec: 'UNCOMPRESSED', statistics: false }),
    ]
    const damage = fc.array(fc.tuple(fc.nat(2000), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 4 })
    const damaged = fc.sample(fc.tuple(fc.constantFrom(...whole), damage), 400).map(([bytes, changes]) => {
      const copy = Buffer.from(bytes)
      for (const [at, flip] of changes) copy[at % copy.length]! ^= flip
      return copy
    })
    const files = Object.fromEntries([...damaged, whole[0]!].map((bytes, i) => [`${i}.parquet`, bytes]))
    const records = await readFiles(files)
    for (const record of records) {
      const bytes = files[basename(record.place.file)]!.toString('base64')
      if (record.kind === 'rejected') expect(record.reason, bytes).toMatch(/^Expected .*, got /s)
    }
    expect(outcomesOf(records.slice(-5))).toEqual(texts)
  })
})

/** All records of the files, in their order, by one reader. */
async function readFiles(files: Record<string, Uint8Array>): Promise<InputRecord[]> {
  return await withFiles(files, (folder) => {
    const paths = Object.keys(files).map((name) => join(folder, name))
    return collect(readDocuments(paths, { parquetStallMs: STALL_MS }))
  })
}

/** LZ4 of literals alone: a token with the length, then the bytes. */
function lz4Literals(input: Uint8Array): Uint8Array {
  const lengths = input.length < 15 ? [input.length << 4] : [0xf0]
  if (input.length >= 15) {
    let rest = input.length - 15
    for (; rest >= 255; rest -= 255) lengths.push(255)
    lengths.push(rest)
  }
  return Buffer.concat([Buffer.from(lengths), input])
}

/** A zstd frame of one block that is not compressed: magic, single segment with a size of 4 bytes, block header, the bytes. */
function zstdRaw(input: Uint8Array): Uint8Array {
  const head = Buffer.alloc(12)
  head.writeUInt32LE(0xfd2fb528, 0)
  head[4] = 0xa0
  head.writeUInt32LE(input.length, 5)
  head.writeUIntLE((input.length << 3) | 1, 9, 3)
  return Buffer.concat([head, input])
}
