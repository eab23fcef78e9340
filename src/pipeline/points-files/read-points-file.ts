import { STORED_FIELDS } from '../../document.js'
import { InputError, OffgridError } from '../../errors.js'
import { isFile } from '../../files/path-stats.js'
import { ByteWindow } from '../../inputs/byte-window.js'
import { type Place, type RejectedRecord, rejectRecord } from '../../inputs/input-record.js'
import { readJsonl } from '../../inputs/json/read-jsonl.js'
import { openParquetRows } from '../../inputs/parquet/parquet-rows.js'
import type { ParquetThread } from '../../inputs/parquet/parquet-thread.js'
import { fileKindOf } from '../../inputs/sources/input-format.js'
import { openBytes } from '../../inputs/sources/open-bytes.js'
import { isObject, jsonObject } from '../../options.js'
import { parsePointId } from '../../stores/request/point-id.js'
import { parseVectors } from '../../stores/request/vector-input.js'
import type { TypedPoint } from '../../stores/typed-point.js'
import { type PointsColumns, RECIPE_KEY } from './parquet-points-writer.js'
import { type PointsRecipe, parseRecipe } from './points-recipe.js'

export interface PlacedPoint {
  readonly kind: 'point'
  readonly point: TypedPoint
  readonly place: Place
}

/** A points file: how its vectors were made, and its points in batches. */
export interface PointsFile {
  readonly recipe: PointsRecipe
  readonly points: AsyncGenerator<(PlacedPoint | RejectedRecord)[]>
  /** Closes the file, however much of it was read. */
  close(): Promise<void>
}

/** Longest line: a point with a multivector of 2^20 floats and its payload stay below. */
export const MAX_LINE_BYTES = 64 * 1024 * 1024

/**
 * Opens a file that `export` or `embed` wrote, .parquet or .jsonl (also .gz and .zst). Points that are damaged become rejections.
 * @throws InputError `INPUT_NOT_FOUND`, `UNSUPPORTED_FORMAT`, `NOT_A_POINTS_FILE`
 */
export async function readPoints(file: string, thread: ParquetThread): Promise<PointsFile> {
  if (!(await isFile(file))) {
    throw new InputError(
      'INPUT_NOT_FOUND',
      `Expected a file of points, got ${file}, which is not there; check the path.`,
    )
  }
  const { format, compression } = fileKindOf(file)
  if (format === 'parquet' && compression === null) return readParquetPoints(file, thread)
  if (format === 'jsonl') return readJsonlPoints(file)
  throw new InputError('UNSUPPORTED_FORMAT', `Expected a file of points that ends in .parquet or .jsonl, got ${file}.`)
}

async function readParquetPoints(file: string, thread: ParquetThread): Promise<PointsFile> {
  const opened = await openParquetRows(file, thread)
  if ('kind' in opened) throw new InputError('NOT_A_POINTS_FILE', `${file}: ${opened.reason}`)
  const header = jsonObject(opened.footer.metadata[RECIPE_KEY] ?? '')
  const recipe = parseRecipe(header, file)
  const { columns } = header as object as { readonly columns: PointsColumns }
  async function* points(): PointsFile['points'] {
    for await (const rows of (opened as Exclude<typeof opened, RejectedRecord>).rows) {
      yield rows.map((row) => ('values' in row ? parsePoint(pointOfRow(row.values, columns), row.place) : row))
    }
  }
  // the thread's end closes it
  return { recipe, points: points(), async close() {} }
}

/** A row as the line of JSON that says the same. */
function pointOfRow(row: Readonly<Record<string, unknown>>, { vectors, hasText }: PointsColumns): object {
  const { id, text, payload } = row
  const named = Object.entries(vectors).flatMap(([name, column]) => (row[column] == null ? [] : [[name, row[column]]]))
  return {
    id: typeof id === 'string' && /^\d+$/.test(id) ? Number(id) : id,
    vectors: Object.fromEntries(named),
    payload: hasText && isObject(payload) ? { ...payload, [STORED_FIELDS.text]: text } : payload,
  }
}

async function readJsonlPoints(file: string): Promise<PointsFile> {
  const window = new ByteWindow(openBytes(file, fileKindOf(file).compression))
  const mapper = {
    map: (record: unknown, place: Place) =>
      place.line === 1 ? ({ kind: 'recipe', record } as const) : parsePoint(record, place),
  }
  const batches = readJsonl(window, { file, mapper, maxLineBytes: MAX_LINE_BYTES })
  const first = await batches.next()
  const [header, ...rest] = first.done === true ? [] : first.value
  let recipe: PointsRecipe
  try {
    recipe = parseRecipe(header?.kind === 'recipe' ? header.record : null, file)
  } catch (error) {
    await window.close()
    throw error
  }
  async function* points(): PointsFile['points'] {
    yield rest as (PlacedPoint | RejectedRecord)[]
    for await (const batch of batches) yield batch as (PlacedPoint | RejectedRecord)[]
  }
  return { recipe, points: points(), close: () => window.close() }
}

function parsePoint(record: unknown, place: Place): PlacedPoint | RejectedRecord {
  if (!isObject(record) || !isObject(record.vectors) || !isObject(record.payload)) {
    return rejectRecord(place, 'INVALID_POINT', 'Expected a point with id, vectors and payload, got something else.')
  }
  try {
    const { payload } = record
    return {
      kind: 'point',
      point: { id: parsePointId(record.id), vectors: parseVectors(record.vectors, 'point'), payload },
      place,
    }
  } catch (error) {
    if (!(error instanceof OffgridError)) throw error
    return rejectRecord(place, error.code, `Expected a point that a collection takes, got: ${error.message}`)
  }
}
