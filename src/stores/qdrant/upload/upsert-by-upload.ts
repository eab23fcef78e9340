import type { FailedPoint } from '../../partial-upsert-error.js'
import { checkFits } from '../../point-check.js'
import { parsePointId } from '../../request/point-id.js'
import type { Point } from '../../store.js'
import { type TypedPoint, typedPoint } from '../../typed-point.js'
import type { VectorShape } from '../wire/collection-shape.js'
import type { UploadSummary } from './upload.js'
import { describeFailedPoints, UploadError } from './upload-error.js'

/**
 * The points as they travel; a list of which one does not fit the collection is refused before anything is sent.
 * @throws VectorError `VECTOR_DIMENSION`, and what {@link typedPoint} finds
 * @throws StoreError `VECTOR_UNKNOWN`, `REQUEST_REFUSED`
 */
export function checkPoints(points: readonly Point[], shape: VectorShape): TypedPoint[] {
  return points.map((point, i) => {
    const typed = typedPoint(point, 'upsert', i)
    parsePointId(typed.id)
    checkFits(typed, shape)
    return typed
  })
}

/**
 * Stores every point of a list by an upload.
 * @throws UploadError naming every one that is not stored, those included that were not even read
 */
export async function upsertByUpload(
  points: readonly Point[],
  location: string,
  upload: (source: Iterable<Point>) => Promise<UploadSummary>,
): Promise<void> {
  let read = 0
  const source = function* () {
    for (const point of points) {
      read++
      yield point
    }
  }
  let failed: readonly FailedPoint[] = []
  let stored = 0
  let failure: UploadError | undefined
  try {
    ;({ failed, stored } = await upload(source()))
  } catch (error) {
    if (!(error instanceof UploadError)) throw error
    failure = error
    stored = error.stored
    const unread = points
      .slice(read)
      .map(({ id }) => ({ id, kind: 'unsent' as const, reason: 'not sent: the upload was given up before' }))
    failed = [...error.failed, ...unread]
  }
  if (failed.length === 0) return
  const code = failure?.code ?? 'UPLOAD_INCOMPLETE'
  throw new UploadError(code, describeFailedPoints(failed, stored, location), failed, stored, failure?.cause)
}
