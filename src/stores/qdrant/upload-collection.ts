import type { Payload, PointId } from '../../document.js'
import { InputError } from '../../errors.js'
import { requireIterable, requireObject } from '../../options.js'
import type { Point, VectorInput } from '../store.js'
import type { QdrantStore } from './qdrant-store.js'
import type { UploadSummary } from './upload/upload.js'
import type { UploadOptions } from './upload/upload-options.js'

/** Points by their parts, each in the same order; what an embedding class yields can stand as it is. */
export interface PointColumns {
  readonly ids: Iterable<PointId> | AsyncIterable<PointId>
  /** By the names that they have in the collection. */
  readonly vectors: Readonly<Record<string, Iterable<VectorInput> | AsyncIterable<VectorInput>>>
  /** @default no payload */
  readonly payloads?: Iterable<Payload> | AsyncIterable<Payload>
}

/**
 * Stores points given as columns; otherwise {@link QdrantStore.uploadPoints}.
 * @throws InputError `INVALID_OPTION`; `COLUMNS_UNEVEN` when one column ends before another; what was complete is stored
 * @throws UploadError `UPLOAD_INCOMPLETE`, `UPLOAD_CANCELLED`
 */
export async function uploadCollection(
  store: QdrantStore,
  collection: string,
  columns: PointColumns,
  options: UploadOptions = {},
): Promise<UploadSummary> {
  requireObject('uploadCollection', 'store', store)
  requireColumns(columns)
  return store.uploadPoints(collection, pointsOf(columns), options)
}

function requireColumns(columns: PointColumns): void {
  requireObject('uploadCollection', 'columns', columns)
  const { ids, vectors, payloads = [] } = columns
  requireObject('uploadCollection', 'vectors', vectors)
  const named = Object.entries(vectors).map(([name, column]) => [`vectors.${name}`, column] as const)
  for (const [name, column] of [['ids', ids] as const, ...named, ['payloads', payloads] as const]) {
    requireIterable('uploadCollection', name, column)
  }
}

async function* pointsOf({ ids, vectors, payloads }: PointColumns): AsyncGenerator<Point> {
  const columns: [string, AsyncIterator<unknown>][] = [
    ['ids', iteratorOf(ids)],
    ...Object.entries(vectors).map(([name, column]): [string, AsyncIterator<unknown>] => [
      `vectors.${name}`,
      iteratorOf(column),
    ]),
    ...(payloads === undefined ? [] : [['payloads', iteratorOf(payloads)] as [string, AsyncIterator<unknown>]]),
  ]
  const names = Object.keys(vectors)
  try {
    for (let row = 0; ; row++) {
      const cells = await Promise.all(columns.map(([, column]) => column.next()))
      const ended = columns.filter((_, i) => cells[i]!.done === true).map(([name]) => name)
      if (ended.length === columns.length) return
      if (ended.length > 0) throw uneven(ended, row)
      const [id, ...values] = cells.map(({ value }) => value)
      yield {
        id: id as PointId,
        vectors: Object.fromEntries(names.map((name, i) => [name, values[i] as VectorInput])),
        payload: payloads === undefined ? {} : (values[names.length] as Payload),
      }
    }
  } finally {
    await Promise.all(columns.map(([, column]) => column.return?.()))
  }
}

async function* iteratorOf<T>(column: Iterable<T> | AsyncIterable<T>): AsyncGenerator<T> {
  yield* column
}

function uneven(ended: readonly string[], rows: number): InputError {
  return new InputError(
    'COLUMNS_UNEVEN',
    `uploadCollection: expected columns of one length, but ${ended.join(', ')} ended after ${rows} rows and the others go on.`,
  )
}
