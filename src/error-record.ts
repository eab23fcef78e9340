import { type ErrorKind, InputError, ModelError, OffgridError, StoreError, VectorError, WorkerError } from './errors.js'
import { shown } from './options.js'

/** What is left of an error that crosses a thread, as plain fields. */
export interface ErrorRecord {
  readonly kind: ErrorKind
  readonly code: string
  readonly message: string
  /** Of vector and store errors: the HTTP status that a Qdrant server gives for the same failure. */
  readonly status?: number
}

/** Plain fields of any error; what is not ours becomes a worker error with its own message. */
export function toErrorRecord(error: unknown): ErrorRecord {
  if (error instanceof OffgridError) {
    const { kind, code, message } = error
    const hasStatus = error instanceof VectorError || error instanceof StoreError
    return hasStatus ? { kind, code, message, status: error.status } : { kind, code, message }
  }
  return { kind: 'worker', code: 'WORKER_FAILED', message: error instanceof Error ? error.message : shown(error) }
}

/** The error that {@link toErrorRecord} took apart, as its class again. */
export function fromErrorRecord({ kind, code, message, status }: ErrorRecord, cause?: unknown): OffgridError {
  const options = cause === undefined ? undefined : { cause }
  switch (kind) {
    case 'input':
      return new InputError(code, message, options)
    case 'model':
      return new ModelError(code, message, options)
    case 'vector':
      return new VectorError(code, message, { ...options, status })
    case 'worker':
      return new WorkerError(code, message, options)
    case 'store':
      return new StoreError(code, message, { ...options, status })
  }
}
