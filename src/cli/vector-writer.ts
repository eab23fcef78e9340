import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { InputError, StoreError } from '../errors.js'
import type { EmbeddedDocument } from '../pipeline/embed-documents.js'
import type { Vector } from '../vectors.js'

/** Where `embed` puts its vectors. Nothing stands under the file's name before `close`. */
export interface VectorWriter {
  write(documents: readonly EmbeddedDocument[]): Promise<void>
  close(): Promise<void>
  /** Removes what was written so far. */
  discard(): Promise<void>
}

/** @throws InputError `INVALID_OPTION` for an ending that is not known, or JSON without a file */
export async function openVectorWriter(file: string | undefined, isJson: boolean): Promise<VectorWriter> {
  if (file === undefined) {
    if (isJson)
      throw new InputError('INVALID_OPTION', '--json: expected --out FILE, because the vectors would go to stdout too.')
    return new StdoutWriter()
  }
  if (file.endsWith('.jsonl')) return new JsonlWriter(file, await open(temporaryName(file), 'w'))
  if (file.endsWith('.npy')) return new NpyWriter(file, await open(temporaryName(file), 'w'))
  throw new InputError('INVALID_OPTION', `--out: expected a file that ends in .jsonl or .npy, got ${file}.`)
}

/** `{ "id", "vector" }` as one line of JSON; the point's id is that of `ingest`. */
export function vectorLine({ id, vector }: Pick<EmbeddedDocument, 'id' | 'vector'>): string {
  return JSON.stringify({ id, vector: plainVector(vector) })
}

function plainVector(vector: Vector): unknown {
  if (vector instanceof Float32Array) return Array.from(vector, shortest)
  if ('indices' in vector) return { indices: Array.from(vector.indices), values: Array.from(vector.values) }
  const { rows, dimension, values } = vector
  return Array.from({ length: rows }, (_, row) =>
    Array.from(values.subarray(row * dimension, (row + 1) * dimension), shortest),
  )
}

/** The number of at most nine digits that rounds to the same float32. */
function shortest(value: number): number {
  return Number(value.toPrecision(9))
}

class StdoutWriter implements VectorWriter {
  async write(documents: readonly EmbeddedDocument[]): Promise<void> {
    const isTaken = process.stdout.write(documents.map((document) => `${vectorLine(document)}\n`).join(''))
    if (!isTaken) await drained()
  }
  async close(): Promise<void> {}
  async discard(): Promise<void> {}
}

/** @throws StoreError `OUTPUT_CLOSED` if nobody reads any more (| head), `OUTPUT_FAILED` */
function drained(): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const onDrain = () => {
      process.stdout.off('error', onError)
      resolve()
    }
    const onError = (cause: NodeJS.ErrnoException) => {
      process.stdout.off('drain', onDrain)
      const code = cause.code === 'EPIPE' ? 'OUTPUT_CLOSED' : 'OUTPUT_FAILED'
      reject(new StoreError(code, `Cannot write to stdout: ${cause.message}`, { cause }))
    }
    process.stdout.once('drain', onDrain).once('error', onError)
  })
}

abstract class FileWriter implements VectorWriter {
  readonly #file: string
  protected readonly handle: FileHandle

  constructor(file: string, handle: FileHandle) {
    this.#file = file
    this.handle = handle
  }

  abstract write(documents: readonly EmbeddedDocument[]): Promise<void>

  async close(): Promise<void> {
    await this.handle.sync()
    await this.handle.close()
    await rename(temporaryName(this.#file), this.#file)
  }

  async discard(): Promise<void> {
    await this.handle.close()
    await rm(temporaryName(this.#file), { force: true })
  }
}

class JsonlWriter extends FileWriter {
  async write(documents: readonly EmbeddedDocument[]): Promise<void> {
    await this.handle.appendFile(documents.map((document) => `${vectorLine(document)}\n`).join(''))
  }
}

/** Bytes of the header: room for any number of rows, so that it can be written again at the end. */
const NPY_HEADER_BYTES = 128

/**
 * NumPy's format, version 1.0: float32 [documents, dimension] in the order of the input; dense vectors only.
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
class NpyWriter extends FileWriter {
  #rows = 0
  #dimension = 0

  async write(documents: readonly EmbeddedDocument[]): Promise<void> {
    const vectors = documents.map(({ vector }) => {
      if (vector instanceof Float32Array) return vector
      throw new InputError(
        'INVALID_OPTION',
        '--out .npy holds dense vectors only; expected a dense model, or a file that ends in .jsonl.',
      )
    })
    if (vectors.length === 0) return
    this.#dimension = vectors[0]!.length
    const rows = new Float32Array(vectors.length * this.#dimension)
    for (const [i, vector] of vectors.entries()) rows.set(vector, i * this.#dimension)
    await this.handle.write(
      Buffer.from(rows.buffer),
      0,
      rows.byteLength,
      NPY_HEADER_BYTES + this.#rows * this.#dimension * 4,
    )
    this.#rows += vectors.length
  }

  override async close(): Promise<void> {
    const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${this.#rows}, ${this.#dimension}), }`
    const bytes = Buffer.alloc(NPY_HEADER_BYTES, ' ')
    bytes.write('\x93NUMPY\x01\x00', 0, 'latin1')
    bytes.writeUInt16LE(NPY_HEADER_BYTES - 10, 8)
    bytes.write(header, 10, 'latin1')
    bytes.write('\n', NPY_HEADER_BYTES - 1, 'latin1')
    await this.handle.write(bytes, 0, bytes.length, 0)
    await super.close()
  }
}

function temporaryName(file: string): string {
  return `${file}.partial`
}
