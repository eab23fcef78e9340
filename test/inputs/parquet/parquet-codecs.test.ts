import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parquetCodecs } from '../../../src/inputs/parquet/parquet-codecs.js'
import { readDocuments } from '../../../src/inputs/read-documents.js'
import { collect, documentsOf, outcomesOf, rejectionsOf } from '../collect.js'

/** Files as pyarrow 26 writes them. */
async function readFixture(name: string) {
  const path = fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))
  return await collect(readDocuments([path]))
}

describe('pages that hold nothing', () => {
  test.each([
    ['nulls-lz4.parquet', [{ id: 1, text: 'a', title: null }]],
    ['nulls-snappy-pages-v2.parquet', [{ id: 1, text: 'a', title: null }]],
    [
      'empty-lists-lz4-pages-v2.parquet',
      [
        { id: 1, text: 'a', tags: null, vec: [], b: null },
        { id: 2, text: 'b', tags: null, vec: [], b: null },
      ],
    ],
  ])('a column of nulls alone in %s does not cost the rows', async (name, payloads) => {
    const records = await readFixture(name)
    expect(documentsOf(records).map(({ document }) => document.payload)).toEqual(payloads)
    expect(rejectionsOf(records)).toEqual([])
  })
})

test('a page of no bytes needs no codec: empty pages of version 2 are not compressed', () => {
  const codecs = parquetCodecs(() => {})
  for (const name of ['SNAPPY', 'GZIP', 'BROTLI', 'ZSTD', 'LZ4', 'LZ4_RAW'] as const) {
    expect(codecs[name]!(new Uint8Array(0), 0)).toEqual(new Uint8Array(0))
  }
})

describe('what is encrypted or needs very much memory', () => {
  test.each([
    ['encrypted.parquet', 'INVALID_PARQUET', /an encrypted Parquet file; decrypt it/],
    ['encrypted-columns.parquet', 'INVALID_PARQUET', /encrypted columns \(text\); decrypt it/],
    ['window-of-2-gb.jsonl.zst', 'UNSUPPORTED_FORMAT', /needs 2048 MB \(zstd --long.*zstd -d --long=31/],
  ])('%s is one rejection that says what it is and what to do', async (name, code, reason) => {
    const records = await readFixture(name)
    expect(outcomesOf(records)).toMatchObject([expect.stringContaining(code)])
    expect(rejectionsOf(records)[0]!.reason).toMatch(reason)
  })
})
