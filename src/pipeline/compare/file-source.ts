import { readFile } from 'node:fs/promises'
import { NpyRows } from '../../encoders/sparse/npy-rows.js'
import { InputError, ModelError, OffgridError } from '../../errors.js'
import { isFile, isThere } from '../../files/path-stats.js'
import { ByteWindow } from '../../inputs/byte-window.js'
import { type Place, type RejectedRecord, rejectRecord } from '../../inputs/input-record.js'
import { readJsonl } from '../../inputs/json/read-jsonl.js'
import type { ParquetThread } from '../../inputs/parquet/parquet-thread.js'
import { fileKindOf } from '../../inputs/sources/input-format.js'
import { openBytes } from '../../inputs/sources/open-bytes.js'
import { asObject, isObject, type JsonObject } from '../../options.js'
import { parsePointId } from '../../stores/request/point-id.js'
import { parseVector } from '../../stores/request/vector-input.js'
import type { Vector } from '../../vectors.js'
import { type PointsRecipe, type PointsVector, parseRecipe, recipeVectors } from '../points-files/points-recipe.js'
import { MAX_LINE_BYTES, readPoints } from '../points-files/read-points-file.js'
import { idsFileOf, recipeFileOf } from '../points-files/side-files.js'
import type { VectorPoint, VectorSource } from './vector-source.js'

/** Name of the one vector of a file that does not say it. */
const UNNAMED = 'vector'
const BATCH_ROWS = 1024

/**
 * A file to be compared: points that `export` or `embed` wrote, lines of `{ id, vector }`, or a float32 array of NumPy.
 * @param thread reads Parquet, and is the caller's to close; each file needs its own
 * @throws InputError `INPUT_NOT_FOUND`, `UNSUPPORTED_FORMAT`, `NOT_A_POINTS_FILE`
 */
export async function fileSource(file: string, thread: ParquetThread): Promise<VectorSource> {
  if (!(await isFile(file))) {
    throw new InputError('INPUT_NOT_FOUND', `Expected a file of vectors, got ${file}, which is not there.`)
  }
  if (file.endsWith('.npy')) return openNpy(file)
  if (fileKindOf(file).format === 'jsonl' && (await firstLine(file))?.vector !== undefined) return openLines(file)
  const { recipe, close } = await readPoints(file, thread)
  await close()
  return {
    ...{ place: file, recipe, vectors: recipeVectors(recipe), hasIds: true },
    read: async function* (onDamaged) {
      const opened = await readPoints(file, thread)
      try {
        for await (const batch of opened.points) yield pointsOf(batch, onDamaged)
      } finally {
        await opened.close()
      }
    },
  }
}

/** What `embed` wrote: lines of id and vector, and a file beside them that says how the vectors were made. */
async function openLines(file: string): Promise<VectorSource> {
  const recipe = await readRecipeFile(file)
  const [vector] = recipe === null ? [] : recipeVectors(recipe)
  const first = lineOf(await firstLine(file), { file }, vector?.name ?? UNNAMED)
  const kind = vector?.kind ?? (first.kind === 'point' ? kindOf(Object.values(first.point.vectors)[0]!) : 'dense')
  const name = vector?.name ?? UNNAMED
  return {
    ...{ place: file, recipe, vectors: [{ name, kind }], hasIds: true },
    read: async function* (onDamaged) {
      const lines = readRecords(file, (record, place) => lineOf(record, place, name))
      for await (const batch of lines) yield pointsOf(batch, onDamaged)
    },
  }
}

/** The points of a batch. */
function pointsOf(
  batch: readonly (RejectedRecord | { readonly kind: 'point'; readonly point: VectorPoint })[],
  onDamaged: () => void,
): VectorPoint[] {
  return batch.flatMap((record) => {
    if (record.kind === 'point') return [record.point]
    onDamaged()
    return []
  })
}

/** The records of a file of lines, as `map` makes them. */
async function* readRecords<R extends { readonly kind: string }>(
  file: string,
  map: (record: unknown, place: Place) => R,
): AsyncGenerator<(R | RejectedRecord)[]> {
  await using window = new ByteWindow(openBytes(file, fileKindOf(file).compression))
  yield* readJsonl(window, { file, mapper: { map }, maxLineBytes: MAX_LINE_BYTES })
}

function lineOf(record: unknown, place: Place, name: string) {
  try {
    if (isObject(record)) {
      const point: VectorPoint = {
        id: parsePointId(record.id),
        vectors: { [name]: parseVector(record.vector, 'vector') },
      }
      return { kind: 'point' as const, point }
    }
  } catch (error) {
    if (!(error instanceof OffgridError)) throw error
    return rejectRecord(place, error.code, error.message)
  }
  return rejectRecord(place, 'INVALID_POINT', 'Expected { "id", "vector" }, got something else.')
}

/** The first record of a file of lines; null where it is none. */
async function firstLine(file: string): Promise<JsonObject | null> {
  for await (const [first] of readRecords(file, (record) => ({ kind: 'line' as const, record }))) {
    if (first !== undefined) return first.kind === 'line' ? asObject(first.record) : null
  }
  return null
}

/** A float32 array of NumPy, a row a point, with its ids and its recipe in files beside it where they are there. */
async function openNpy(file: string): Promise<VectorSource> {
  const recipe = await readRecipeFile(file)
  const name = (recipe === null ? undefined : recipeVectors(recipe)[0])?.name ?? UNNAMED
  const hasIds = await isThere(idsFileOf(file))
  await (await openRows(file)).close()
  return {
    ...{ place: file, recipe, vectors: [{ name, kind: 'dense' }], hasIds },
    read: async function* () {
      const rows = await openRows(file)
      try {
        const ids = hasIds ? readIds(idsFileOf(file)) : numbers()
        let batch: VectorPoint[] = []
        for (let row = 0; row < rows.shape[0]!; row++) {
          const { value: id } = await ids.next()
          if (id === undefined)
            throw notPoints(file, `${idsFileOf(file)} has an id for ${row} of ${rows.shape[0]} rows`)
          batch.push({ id, vectors: { [name]: rows.read(row) } })
          if (batch.length < BATCH_ROWS) continue
          yield batch
          batch = []
        }
        yield batch
      } finally {
        await rows.close()
      }
    },
  }
}

async function openRows(file: string): Promise<NpyRows> {
  const rows = await NpyRows.open(file).catch((error: unknown) => {
    if (!(error instanceof ModelError)) throw error
    throw notPoints(file, error.message, error)
  })
  if (rows.shape.length === 2) return rows
  await rows.close()
  throw notPoints(file, `an array of shape (${rows.shape}), and expects [points, dimension]`)
}

async function* readIds(file: string): AsyncGenerator<VectorPoint['id']> {
  const idOf = (record: unknown) => ({ kind: 'id' as const, id: (record as { id?: unknown } | null)?.id })
  for await (const batch of readRecords(file, idOf)) {
    for (const record of batch) {
      if (record.kind !== 'id') throw notPoints(file, record.reason)
      yield parsePointId(record.id)
    }
  }
}

async function* numbers(): AsyncGenerator<number> {
  for (let row = 0; ; row++) yield row
}

async function readRecipeFile(file: string): Promise<PointsRecipe | null> {
  const path = recipeFileOf(file)
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (text === null) return null
  try {
    return parseRecipe(JSON.parse(text), path)
  } catch (cause) {
    throw notPoints(path, (cause as Error).message, cause)
  }
}

function kindOf(vector: Vector): PointsVector['kind'] {
  if (vector instanceof Float32Array) return 'dense'
  return 'indices' in vector ? 'sparse' : 'multivector'
}

function notPoints(file: string, found: string, cause?: unknown): InputError {
  return new InputError(
    'NOT_A_POINTS_FILE',
    `Expected vectors in ${file}, got ${found}. Write it again: offgrid embed --out FILE, or offgrid export --out FILE.`,
    { cause },
  )
}
