import type { PointId } from '../../../document.js'
import { StoreError } from '../../../errors.js'

/** A point that was read but is not stored. `id` is as the caller gave it. */
export interface FailedPoint {
  readonly id: PointId
  readonly reason: string
  /** `refused`: sending it again is of no use. `unsent`: it was not sent, or whether it arrived is not known; send it again. */
  readonly kind: 'refused' | 'unsent'
}

/** Points were read that are not stored: `UPLOAD_INCOMPLETE`, or `UPLOAD_CANCELLED` by the caller's signal. `failed` names every one. */
export class UploadError extends StoreError {
  readonly failed: readonly FailedPoint[]
  readonly stored: number

  constructor(code: string, message: string, failed: readonly FailedPoint[], stored: number, cause?: unknown) {
    super(code, message, { status: cause instanceof StoreError ? cause.status : 500, cause })
    this.failed = failed
    this.stored = stored
  }
}

/** One sentence that names the first few points and the first reason. */
export function describeFailure(failed: readonly FailedPoint[], stored: number, location: string): string {
  const ids = failed.slice(0, 3).map((point) => point.id)
  const more = failed.length > ids.length ? `, and ${failed.length - ids.length} more` : ''
  return `${location}: ${stored} points stored, ${failed.length} not (${ids.join(', ')}${more}). First reason: ${failed[0]?.reason ?? 'none'}`
}
