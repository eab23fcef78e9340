import { readSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { ModelError } from '../../errors.js'
import { readAt } from '../../files/read-at.js'
import { openModelFile } from '../../files/read-model-file.js'

const MAGIC = '\x93NUMPY'
/** Magic, version and, in version 1, two bytes of length. */
const PREFIX_BYTES = 12
const MAX_HEADER_BYTES = 1 << 20

/**
 * A float32 array of a `.npy` file, read one item of its first axis at a time: a file of hundreds of megabytes takes no memory, and
 * what is used often is in the system's page cache.
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export class NpyRows {
  readonly shape: readonly number[]
  readonly #file: FileHandle
  readonly #path: string
  readonly #begin: number
  readonly #rowFloats: number
  #isClosed = false

  private constructor(file: FileHandle, path: string, shape: readonly number[], begin: number) {
    this.#file = file
    this.#path = path
    this.shape = shape
    this.#begin = begin
    this.#rowFloats = shape.slice(1).reduce((product, n) => product * n, 1)
  }

  /**
   * Reads the header and checks that the file is as long as its shape says.
   * @throws ModelError `MODEL_FILE_MISSING`; `MODEL_FILE_CORRUPT` if it is no `.npy` file or cut short;
   *   `CHECKPOINT_UNSUPPORTED` if it is not little-endian float32 in C order
   */
  static async open(path: string): Promise<NpyRows> {
    const file = await openModelFile(path)
    try {
      const { size } = await file.stat()
      const { header, begin } = await readHeader(file, path)
      const shape = parseShape(header, path)
      const bytes = shape.reduce((product, n) => product * n, 4)
      if (begin + bytes !== size) throw corrupt(path, `shape (${shape}) makes ${begin + bytes} bytes, it has ${size}`)
      return new NpyRows(file, path, shape, begin)
    } catch (error) {
      await file.close()
      throw error
    }
  }

  /**
   * Item `index` of the first axis, in a new array.
   * @throws ModelError `MODEL_FILE_CORRUPT` if the file became shorter meanwhile
   */
  read(index: number): Float32Array {
    if (!Number.isInteger(index) || index < 0 || index >= this.shape[0]!) {
      throw new RangeError(`${this.#path} has items 0 to ${this.shape[0]! - 1}, not ${index}`)
    }
    const bytes = new Uint8Array(this.#rowFloats * 4)
    const begin = this.#begin + index * bytes.length
    for (let done = 0; done < bytes.length; ) {
      const count = readSync(this.#file.fd, bytes, done, bytes.length - done, begin + done)
      if (count === 0) throw corrupt(this.#path, `it ends at byte ${begin + done}`)
      done += count
    }
    return new Float32Array(bytes.buffer)
  }

  /** A second call does nothing. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#file.close()
  }
}

async function readHeader(file: FileHandle, path: string): Promise<{ header: string; begin: number }> {
  const prefix = await readBytes(file, path, 0, PREFIX_BYTES)
  if (prefix.toString('latin1', 0, 6) !== MAGIC) throw corrupt(path, 'it does not begin as a .npy file')
  const isFirstVersion = prefix[6] === 1
  const begin = isFirstVersion ? 10 : 12
  const length = isFirstVersion ? prefix.readUInt16LE(8) : prefix.readUInt32LE(8)
  if (length > MAX_HEADER_BYTES) throw corrupt(path, `its header claims ${length} bytes`)
  const header = (await readBytes(file, path, begin, length)).toString('latin1')
  return { header, begin: begin + length }
}

/** The shape out of a header such as `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 512, 4), }`. */
function parseShape(header: string, path: string): number[] {
  const dtype = /'descr':\s*'([^']*)'/.exec(header)?.[1]
  const order = /'fortran_order':\s*(True|False)/.exec(header)?.[1]
  const shape = /'shape':\s*\(([\d,\s]*)\)/.exec(header)?.[1]
  if (dtype === undefined || order === undefined || shape === undefined) throw corrupt(path, 'its header is incomplete')
  if (dtype !== '<f4' || order !== 'False') {
    throw new ModelError(
      'CHECKPOINT_UNSUPPORTED',
      `${path}: expected float32 in C order ('<f4'), got '${dtype}'${order === 'True' ? ' in Fortran order' : ''}.`,
    )
  }
  const sizes = shape.split(',').flatMap((size) => (size.trim() === '' ? [] : [Number(size)]))
  if (sizes.length === 0) throw corrupt(path, 'it holds a single number, not an array')
  return sizes
}

async function readBytes(file: FileHandle, path: string, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  const bytesRead = await readAt(file, bytes, offset)
  if (bytesRead < length) throw corrupt(path, `it ends at byte ${offset + bytesRead}`)
  return bytes
}

function corrupt(path: string, what: string): ModelError {
  return new ModelError('MODEL_FILE_CORRUPT', `${path} is not a whole .npy file: ${what}. Put the original file back.`)
}
