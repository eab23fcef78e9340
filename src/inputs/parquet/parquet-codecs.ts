import zlib from 'node:zlib'
import type { Compressors } from 'hyparquet'
import { compressors as portable } from 'hyparquet-compressors'

/** Pages are 1 MB as a rule; a claim beyond this is a damaged one, and believing it would take the memory. */
const MAX_PAGE_BYTES = 512 * 1024 * 1024

type Decompress = (input: Uint8Array, sizeBytes: number) => Uint8Array

/** Node's own zlib where it has the codec: faster than the portable ones, and bounded by the size that the page claims. */
const NATIVE: Record<string, Decompress> = {
  GZIP: (input, sizeBytes) => zlib.gunzipSync(input, { maxOutputLength: Math.max(1, sizeBytes) }),
  BROTLI: (input, sizeBytes) => zlib.brotliDecompressSync(input, { maxOutputLength: Math.max(1, sizeBytes) }),
}
const { zstdDecompressSync } = zlib as { zstdDecompressSync?: (input: Uint8Array, options: object) => Buffer }
if (zstdDecompressSync !== undefined) {
  NATIVE.ZSTD = (input, sizeBytes) => zstdDecompressSync(input, { maxOutputLength: Math.max(1, sizeBytes) })
}

/**
 * Every codec of Parquet but LZO, which nobody writes: Snappy, gzip, Brotli, zstd, LZ4 (raw and in Hadoop's frames).
 * @param onPage called before each page
 */
export function parquetCodecs(onPage: () => void): Compressors {
  const codecs = Object.entries({ ...portable, ...NATIVE }) as [keyof Compressors, Decompress][]
  return Object.fromEntries(
    codecs.map(([name, decompress]) => [
      name,
      (input: Uint8Array, sizeBytes: number) => {
        onPage()
        if (!(sizeBytes >= 0 && sizeBytes <= MAX_PAGE_BYTES)) {
          throw new Error(`a page of ${sizeBytes} bytes, where at most ${MAX_PAGE_BYTES} are read`)
        }
        // a page of nulls alone, which some writers compress to nothing and others to a byte
        return sizeBytes === 0 ? new Uint8Array(0) : decompress(input, sizeBytes)
      },
    ]),
  )
}
