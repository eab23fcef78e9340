import { type FailedPoint, PartialUpsertError } from '../../partial-upsert-error.js'

/** Points were read that are not stored: `UPLOAD_INCOMPLETE`, or `UPLOAD_CANCELLED` by the caller's signal. `failed` names every one. */
export class UploadError extends PartialUpsertError {}

/** One sentence that names the first few points and the first reason. */
export function describeFailedPoints(failed: readonly FailedPoint[], stored: number, location: string): string {
  const ids = failed.slice(0, 3).map((point) => point.id)
  const more = failed.length > ids.length ? `, and ${failed.length - ids.length} more` : ''
  return `${location}: ${stored} points stored, ${failed.length} not (${ids.join(', ')}${more}). First reason: ${failed[0]?.reason ?? 'none'}`
}
