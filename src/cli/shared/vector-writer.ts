import { rm } from 'node:fs/promises'
import { InputError, StoreError } from '../../errors.js'
import { AtomicFile } from '../../files/atomic-file.js'
import { writeFileAtomic } from '../../files/write-file-atomic.js'
import type { EmbeddedDocument } from '../../pipeline/documents/embed-documents.js'
import { payloadOf } from '../../pipeline/documents/passage.js'
import { ParquetPointsWriter } from '../../pipeline/points-files/parquet-points-writer.js'
import { type PointsRecipe, recipeVectors } from '../../pipeline/points-files/points-recipe.js'
import { idsFileOf, recipeFileOf } from '../../pipeline/points-files/side-files.js'
import { vectorJson } from '../../vectors/vector-json.js'

/** Where `embed` puts its vectors. Nothing stands under the file's name before `close`. */
export interface VectorWriter {
  write(documents: readonly EmbeddedDocument[]): Promise<void>
  close(): Promise<void>
  /** Removes what was written so far. */
  discard(): Promise<void>
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
    if (isJson)
      throw new InputError('INVALID_OPTION', '--json: expected --out FILE, because the vectors would go to stdout too.')
    return new StdoutWriter()
  }
  if (file.endsWith('.jsonl')) return new WithRecipe(new JsonlWriter(await AtomicFile.create(file)), file, recipe)
  if (file.endsWith('.npy')) return new WithRecipe(await NpyWriter.create(file), file, recipe)
  if (file.endsWith('.parquet')) {
    const points = await ParquetPointsWriter.create(file, recipe, { columnOf: () => 'vector', hasText: true })
    return new ParquetWriter(points, recipeVectors(recipe)[0]!.name)
  }
  throw new InputError('INVALID_OPTION', `--out: expected a file that ends in .jsonl, .npy or .parquet, got ${file}.`)
}

/** `{ "id", "vector" }` as one line of JSON; the point's id is that of `ingest`. */
function vectorLine({ id, vector }: EmbeddedDocument): string {
  return `{"id":${JSON.stringify(id)},"vector":${vectorJson(vector)}}\n`
}

class StdoutWriter implements VectorWriter {
  async write(documents: readonly EmbeddedDocument[]): Promise<void> {
    const isTaken = process.stdout.write(documents.map(vectorLine).join(''))
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

class JsonlWriter implements VectorWriter {
  readonly #file: AtomicFile

  constructor(file: AtomicFile) {
    this.#file = file
  }

  async write(documents: readonly EmbeddedDocument[]): Promise<void> {
    await this.#file.append(documents.map(vectorLine).join(''))
  }
  async close(): Promise<void> {
    await this.#file.finish()
  }
  async discard(): Promise<void> {
    await this.#file.discard()
  }
}

/** A file of vectors, and one beside it that says how they were made. */
class WithRecipe implements VectorWriter {
  readonly #vectors: VectorWriter
  readonly #file: string
  readonly #recipe: PointsRecipe

  constructor(vectors: VectorWriter, file: string, recipe: PointsRecipe) {
    this.#vectors = vectors
    this.#file = recipeFileOf(file)
    this.#recipe = recipe
  }

  async write(documents: readonly EmbeddedDocument[]): Promise<void> {
    await this.#vectors.write(documents)
  }
  /** In this order vectors never stand beside the recipe of others: at worst there is none. */
  async close(): Promise<void> {
    await rm(this.#file, { force: true })
    await this.#vectors.close()
    await writeFileAtomic(this.#file, `${JSON.stringify(this.#recipe)}\n`)
  }
  async discard(): Promise<void> {
    await this.#vectors.discard()
  }
}

/** Points of one vector, in the column `vector`. */
class ParquetWriter implements VectorWriter {
  readonly #points: ParquetPointsWriter
  readonly #name: string

  constructor(points: ParquetPointsWriter, name: string) {
    this.#points = points
    this.#name = name
  }

  async write(documents: readonly EmbeddedDocument[]): Promise<void> {
    const points = documents.map(({ id, document, vector }) => ({
      id,
      vectors: { [this.#name]: vector },
      payload: payloadOf({ document }),
    }))
    await this.#points.write(points)
  }
  async close(): Promise<void> {
    await this.#points.close()
  }
  async discard(): Promise<void> {
    await this.#points.discard()
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
      throw new InputError(
        'INVALID_OPTION',
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
