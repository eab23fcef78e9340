import { createHash, type KeyObject } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { InputError, ModelError, optionError } from '../errors.js'
import {
  type BundleFile,
  type BundleIndex,
  INDEX_FILE,
  listBundleFiles,
  parseIndex,
  SIGNATURE_FILE,
  SUMS_FILE,
  writeSums,
} from './bundle-index.js'
import { requireSignature, SIGNATURE_BYTES } from './bundle-signature.js'
import { damaged, GZIP_HEADER, readTarHeader, TAR_BLOCK_BYTES, type TarFile } from './tar-header.js'

/** Longest index that is read: one with a program of 10,000 files has 2 MB. */
const MAX_INDEX_BYTES = 32 * 1024 * 1024

const PIECE_BYTES = 1 << 20

export interface ReadBundleOptions {
  /** What the whole file must be, lower-case hexadecimal, known from elsewhere. */
  readonly sha256?: string | undefined
  /** Whose signature it must have. */
  readonly verifyKey?: KeyObject | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Reads a bundle as a stream and believes none of it: what follows the index must be exactly the files that the index lists, in their
 * order and size, regular files all, then the end. So there is no entry that could lead elsewhere, and no more bytes are taken than
 * the index says, whatever the archive unpacks to.
 */
export class BundleReader {
  readonly index: BundleIndex
  /** Of the bundle itself. */
  readonly sha256: string
  readonly sizeBytes: number
  readonly #handle: FileHandle
  readonly #bytes: ByteReader

  private constructor(
    handle: FileHandle,
    bytes: ByteReader,
    whole: { readonly sha256: string; readonly sizeBytes: number },
    index: BundleIndex,
  ) {
    this.#handle = handle
    this.#bytes = bytes
    this.index = index
    this.sha256 = whole.sha256
    this.sizeBytes = whole.sizeBytes
  }

  /**
   * Hashes the file, reads its index and sums, and checks their signature where a key is given.
   * @throws InputError `BUNDLE_MISSING`, `INVALID_OPTION`
   * @throws ModelError `BUNDLE_CHANGED`, `BUNDLE_DAMAGED`, `BUNDLE_VERSION`, `BUNDLE_UNSIGNED`, `BUNDLE_SIGNATURE_WRONG`
   */
  static async open(path: string, { sha256, verifyKey, signal }: ReadBundleOptions = {}): Promise<BundleReader> {
    if (sha256 !== undefined && !/^[0-9a-f]{64}$/i.test(sha256)) {
      throw optionError(`sha256: expected 64 hexadecimal digits, got ${JSON.stringify(sha256)}.`)
    }
    const handle = await open(path).catch((cause: NodeJS.ErrnoException) => {
      throw new InputError('BUNDLE_MISSING', `Expected a bundle at ${path}: ${cause.code}.`, { cause })
    })
    try {
      const whole = await hashHandle(handle, signal)
      if (sha256 !== undefined && whole.sha256 !== sha256.toLowerCase()) {
        throw new ModelError(
          'BUNDLE_CHANGED',
          `${path} is not the file that was named: expected sha256 ${sha256.toLowerCase()}, found ${whole.sha256}. Nothing of it was read.`,
        )
      }
      if (verifyKey !== undefined) await requireGzipHeader(handle)
      const bytes = new ByteReader(decompress(handle), signal)
      const header = readTarHeader(await bytes.readExactly(TAR_BLOCK_BYTES))
      if (header?.path !== INDEX_FILE) throw damaged(`no ${INDEX_FILE} in front`)
      if (header.sizeBytes > MAX_INDEX_BYTES) throw damaged(`an ${INDEX_FILE} of ${header.sizeBytes} bytes`)
      const indexBytes = await bytes.readExactly(header.sizeBytes)
      await skipPadding(bytes, header)
      const index = parseIndex(indexBytes)
      const sums = writeSums(index, indexBytes)
      if (!(await readSmallFile(bytes, SUMS_FILE, sums.length)).equals(sums)) {
        throw damaged(`a ${SUMS_FILE} that is not the one of its index`)
      }
      const said = index.signature
      const signature = said === undefined ? null : await readSmallFile(bytes, SIGNATURE_FILE, SIGNATURE_BYTES)
      if (verifyKey !== undefined) requireSignature(sums, { signature, said }, verifyKey)
      return new BundleReader(handle, bytes, whole, index)
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  /**
   * Every file of the bundle with its bytes, which are hashed as they are read; what is not read is hashed all the same. Once this
   * has ended, the whole bundle is as the index says.
   * @throws ModelError `BUNDLE_DAMAGED`; the signal's reason when aborted
   */
  async *files(): AsyncGenerator<{ readonly file: BundleFile; readonly body: AsyncGenerator<Buffer> }> {
    for (const file of listBundleFiles(this.index)) {
      const header = await readHeaderOf(this.#bytes, file.path, file.sizeBytes)
      const body = this.#body(file)
      yield { file, body }
      while (!(await body.next()).done);
      await skipPadding(this.#bytes, header)
    }
    const end = await this.#bytes.readExactly(2 * TAR_BLOCK_BYTES)
    if (end.some((byte) => byte !== 0)) throw damaged('more files than its index')
    // the checksum of gzip itself stands behind the last byte
    if ((await this.#bytes.read(1)) !== null) throw damaged('more bytes than its index')
  }

  async *#body({ path, sizeBytes, sha256 }: BundleFile): AsyncGenerator<Buffer> {
    const hash = createHash('sha256')
    for (let left = sizeBytes; left > 0; ) {
      const piece = await this.#bytes.read(left)
      if (piece === null) throw damaged('an end in the middle of a file')
      hash.update(piece)
      left -= piece.length
      yield piece
    }
    const found = hash.digest('hex')
    if (found !== sha256) throw damaged(`a ${path} that is not the one of its index: sha256 ${found}, not ${sha256}`)
  }

  async close(): Promise<void> {
    await this.#bytes.close()
    await this.#handle.close()
  }
}

/** What stands there changes nothing inside, and yet a signed bundle has no byte that may be another. @throws ModelError `BUNDLE_DAMAGED` */
async function requireGzipHeader(handle: FileHandle): Promise<void> {
  const found = Buffer.alloc(GZIP_HEADER.length)
  await handle.read(found, 0, found.length, 0)
  if (!found.equals(GZIP_HEADER)) throw damaged('a header of gzip that "models bundle" does not write')
}

/** @throws ModelError `BUNDLE_DAMAGED` unless the next file is this one */
async function readHeaderOf(bytes: ByteReader, path: string, sizeBytes: number): Promise<TarFile> {
  const header = readTarHeader(await bytes.readExactly(TAR_BLOCK_BYTES))
  if (header === null) throw damaged(`no ${path}`)
  if (header.path !== path) throw damaged(`${header.path} in place of ${path}`)
  if (header.sizeBytes !== sizeBytes) throw damaged(`${path} in ${header.sizeBytes} bytes in place of ${sizeBytes}`)
  return header
}

async function readSmallFile(bytes: ByteReader, path: string, sizeBytes: number): Promise<Buffer> {
  const header = await readHeaderOf(bytes, path, sizeBytes)
  const content = await bytes.readExactly(sizeBytes)
  await skipPadding(bytes, header)
  return content
}

async function skipPadding(bytes: ByteReader, { sizeBytes }: TarFile): Promise<void> {
  const padding = await bytes.readExactly(-sizeBytes & (TAR_BLOCK_BYTES - 1))
  if (padding.some((byte) => byte !== 0)) throw damaged('something between two files')
}

async function hashHandle(handle: FileHandle, signal: AbortSignal | undefined) {
  const hash = createHash('sha256')
  const piece = Buffer.allocUnsafe(PIECE_BYTES)
  let sizeBytes = 0
  for (;;) {
    signal?.throwIfAborted()
    const { bytesRead } = await handle.read(piece, 0, PIECE_BYTES, sizeBytes)
    if (bytesRead === 0) return { sha256: hash.digest('hex'), sizeBytes }
    hash.update(piece.subarray(0, bytesRead))
    sizeBytes += bytesRead
  }
}

function decompress(handle: FileHandle): AsyncIterable<Buffer> {
  const source = handle.createReadStream({ start: 0, autoClose: false, highWaterMark: PIECE_BYTES })
  // errors arrive where the last stream is read
  return pipeline(source, createGunzip({ chunkSize: PIECE_BYTES }), () => {})
}

/** Bytes in pieces of a wanted length. */
class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>
  readonly #signal: AbortSignal | undefined
  #rest: Buffer = Buffer.alloc(0)

  constructor(chunks: AsyncIterable<Buffer>, signal: AbortSignal | undefined) {
    this.#chunks = chunks[Symbol.asyncIterator]()
    this.#signal = signal
  }

  /** Some bytes, at most so many; null at the end. @throws ModelError `BUNDLE_DAMAGED` */
  async read(maxBytes: number): Promise<Buffer | null> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#next()
      if (done) return null
      this.#rest = value
    }
    const piece = this.#rest.subarray(0, maxBytes)
    this.#rest = this.#rest.subarray(piece.length)
    return piece
  }

  async #next(): Promise<IteratorResult<Buffer>> {
    this.#signal?.throwIfAborted()
    try {
      return await this.#chunks.next()
    } catch (cause) {
      this.#signal?.throwIfAborted()
      if (!/^Z_/.test((cause as NodeJS.ErrnoException).code ?? '')) throw cause
      throw damaged(`compressed bytes that are cut short or changed (${(cause as Error).message})`, cause)
    }
  }

  /** @throws ModelError `BUNDLE_DAMAGED` */
  async readExactly(sizeBytes: number): Promise<Buffer> {
    const pieces: Buffer[] = []
    for (let left = sizeBytes; left > 0; ) {
      const piece = await this.read(left)
      if (piece === null) throw damaged('an early end')
      pieces.push(piece)
      left -= piece.length
    }
    return Buffer.concat(pieces)
  }

  async close(): Promise<void> {
    await this.#chunks.return?.()
  }
}
