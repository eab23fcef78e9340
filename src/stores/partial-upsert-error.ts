import type { PointId } from '../document.js'
import { StoreError } from '../errors.js'

/** A point that was given to a store but is not stored. `id` is as the caller gave it. */
export interface FailedPoint {
  readonly id: PointId
  readonly reason: string
  /** `refused`: sending it again is of no use. `unsent`: it was not sent, or whether it arrived is not known; send it again. */
  readonly kind: 'refused' | 'unsent'
}

/** Some points of a batch are stored and some are not: `failed` names every one that is not. */
export class PartialUpsertError extends StoreError {
  readonly failed: readonly FailedPoint[]
  readonly stored: number

  constructor(code: string, message: string, failed: readonly FailedPoint[], stored: number, cause?: unknown) {
    super(code, message, { status: cause instanceof StoreError ? cause.status : 500, cause })
    this.failed = failed
    this.stored = stored
  }

  /** Whether the points are at fault, each for what it is, and not the store. */
  get isRefusal(): boolean {
    return this.failed.every(({ kind }) => kind === 'refused')
  }
}
