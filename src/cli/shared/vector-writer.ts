import { rm } from 'node:fs/promises'
import { optionError, StoreError } from '../../errors.js'
import { AtomicFile } from '../../files/atomic-file.js'
import { writeFileAtomic } from '../../files/write-file-atomic.js'
import type { EmbeddedDocument } from '../../pipeline/documents/embed-documents.js'
import { payloadOf } from '../../pipeline/documents/passage.js'
import { ParquetPointsWriter } from '../../pipeline/points-files/parquet-points-writer.js'
import { type PointsRecipe, recipeVectors } from '../../pipeline/points-files/points-recipe.js'
import { idsFileOf, recipeFileOf } from '../../pipeline/points-files/side-files.js'
import { vectorJson } from '../../vectors/vector-json.js'
import type { Output } from './output-file.js'

/** Where `embed` puts its vectors. Nothing stands under the file's name before `close`. */
export interface VectorWriter extends Output {
  write(documents: readonly EmbeddedDocument[]): Promise<void>
}

/**
 * @param recipe of the one vector that the documents have; stands in a Parquet file, and in a file beside one of another kind
 * @throws InputError `INVALID_OPTION` for an ending that is not known, or JSON without a file
 */
export async function openVectorWriter(
  file: string | undefined,
  isJson: boolean,
  recipe: PointsRecipe,
): Promise<VectorWriter> {
  if (file === undefined) {
    if (isJson) throw optionError('--json: expected --out FILE, because the vectors would go to stdout too.')
    return STDOUT_WRITER
  }
  if (file.endsWith('.jsonl')) return withRecipe(await createJsonlWriter(file), file, recipe)
  if (file.endsWith('.npy')) return withRecipe(await NpyWriter.create(file), file, recipe)
  if (file.endsWith('.parquet')) return await createParquetWriter(file, recipe)
  throw optionError(`--out: expected a file that ends in .jsonl, .npy or .parquet, got ${file}.`)
}

/** `{ "id", "vector" }` as one line of JSON; the point's id is that of `ingest`. */
function vectorLine({ id, vector }: EmbeddedDocument): string {
  return `{"id":${JSON.stringify(id)},"vector":${vectorJson(vector)}}\n`
}

const STDOUT_WRITER: VectorWriter = {
  async write(documents) {
    const isTaken = process.stdout.write(documents.map(vectorLine).join(''))
    if (!isTaken) await drained()
  },
  async close() {},
  async discard() {},
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

async function createJsonlWriter(path: string): Promise<VectorWriter> {
  const file = await AtomicFile.create(path)
  return {
    write: (documents) => file.append(documents.map(vectorLine).join('')),
    close: () => file.finish(),
    discard: () => file.discard(),
  }
}

/** A file of vectors, and one beside it that says how they were made. */
function withRecipe(vectors: VectorWriter, file: string, recipe: PointsRecipe): VectorWriter {
  const beside = recipeFileOf(file)
  return {
    write: (documents) => vectors.write(documents),
    // in this order vectors never stand beside the recipe of others: at worst there is none
    async close() {
      await rm(beside, { force: true })
      await vectors.close()
      await writeFileAtomic(beside, `${JSON.stringify(recipe)}\n`)
    },
    discard: () => vectors.discard(),
  }
}

/** Points of one vector, in the column `vector`. */
async function createParquetWriter(file: string, recipe: PointsRecipe): Promise<VectorWriter> {
  const points = await ParquetPointsWriter.create(file, recipe, { columnOf: () => 'vector', hasText: true })
  const { name } = recipeVectors(recipe)[0]!
  return {
    write: (documents) =>
      points.write(
        documents.map(({ id, document, vector }) => ({
          ...{ id, vectors: { [name]: vector } },
          payload: payloadOf({ document }),
        })),
      ),
    close: () => points.close(),
    discard: () => points.discard(),
  }
}

/** Bytes of the header: room for any number of rows, so that it can be written again at the end. */
const NPY_HEADER_BYTES = 128

/**
 * NumPy's format, version 1.0: float32 [documents, dimension] in the order of the input; dense vectors only. A file beside it holds
 * `{ "id", "documentId" }` for each row, a line each: a document that was rejected has no row, and those that follow move up.
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
class NpyWriter implements VectorWriter {
  readonly #file: AtomicFile
  readonly #ids: AtomicFile
  #rows = 0
  #dimension = 0

  private constructor(file: AtomicFile, ids: AtomicFile) {
    this.#file = file
    this.#ids = ids
  }

  static async create(path: string): Promise<NpyWriter> {
    const file = await AtomicFile.create(path)
    const ids = await AtomicFile.create(idsFileOf(path)).catch(async (error: unknown) => {
      await file.discard()
      throw error
    })
    return new NpyWriter(file, ids)
  }

  async write(documents: readonly EmbeddedDocument[]): Promise<void> {
    const vectors = documents.map(({ vector }) => {
      if (vector instanceof Float32Array) return vector
      throw optionError(
        '--out .npy holds dense vectors only; expected a dense model, or a file that ends in .jsonl or .parquet.',
      )
    })
    if (vectors.length === 0) return
    this.#dimension = vectors[0]!.length
    const rows = new Float32Array(vectors.length * this.#dimension)
    for (const [i, vector] of vectors.entries()) rows.set(vector, i * this.#dimension)
    await this.#file.writeAt(Buffer.from(rows.buffer), NPY_HEADER_BYTES + this.#rows * this.#dimension * 4)
    const ids = documents.map(({ id, document }) => `${JSON.stringify({ id, documentId: document.id ?? id })}\n`)
    await this.#ids.append(ids.join(''))
    this.#rows += vectors.length
  }

  async close(): Promise<void> {
    const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${this.#rows}, ${this.#dimension}), }`
    const bytes = Buffer.alloc(NPY_HEADER_BYTES, ' ')
    bytes.write('\x93NUMPY\x01\x00', 0, 'latin1')
    bytes.writeUInt16LE(NPY_HEADER_BYTES - 10, 8)
    bytes.write(header, 10, 'latin1')
    bytes.write('\n', NPY_HEADER_BYTES - 1, 'latin1')
    await this.#file.writeAt(bytes, 0)
    await this.#ids.finish()
    await this.#file.finish()
  }

  async discard(): Promise<void> {
    await this.#file.discard()
    await this.#ids.discard()
  }
}
