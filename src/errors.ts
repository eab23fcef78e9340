/**
 * Every error that offgrid throws. One class per party that must act; the stable `code` says what happened,
 * the message what was expected, what came and what to do.
 */

/** Who must act: `input` and `vector` the caller, `model` who brings models in, `worker` and `store` who runs them. */
export type ErrorKind = 'input' | 'model' | 'vector' | 'worker' | 'store'

/** Base class: `code` is stable across releases, `message` is not. */
export class OffgridError extends Error {
  readonly code: string
  readonly kind: ErrorKind

  constructor(kind: ErrorKind, code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.kind = kind
    this.code = code
  }

  /** The message where Qdrant's own client has the text of the server: what handles its errors, as LangChain does, reads it there. */
  get data(): { readonly status: { readonly error: string } } {
    return { status: { error: this.message } }
  }
}

/** The caller's input or options are wrong: `UNKNOWN_OPTION`, `INVALID_OPTION`, `INVALID_DOCUMENT`, `UNKNOWN_MODEL`, … */
export class InputError extends OffgridError {
  constructor(code: string, message: string, options?: ErrorOptions) {
    super('input', code, message, options)
  }
}

/** The error of an option that cannot be taken: `INVALID_OPTION`. */
export function optionError(message: string, options?: ErrorOptions): InputError {
  return new InputError('INVALID_OPTION', message, options)
}

/** A model's files are missing or not what the manifest says: `MODEL_FILE_MISSING`, `MODEL_FILE_CORRUPT`, … */
export class ModelError extends OffgridError {
  constructor(code: string, message: string, options?: ErrorOptions) {
    super('model', code, message, options)
  }
}

/**
 * A vector does not fit where it is put: `VECTOR_DIMENSION`, `VECTOR_NOT_FINITE`, `SPARSE_DUPLICATE_INDEX`, …
 * `status` is the HTTP status that a Qdrant server gives for the same failure.
 */
export class VectorError extends OffgridError {
  readonly status: number

  constructor(code: string, message: string, options?: ErrorOptions & { readonly status?: number | undefined }) {
    super('vector', code, message, options)
    this.status = options?.status ?? 400
  }
}

/** A worker thread failed or was stopped: `WORKER_FAILED`, `WORKER_DIED`, `CANCELLED`. */
export class WorkerError extends OffgridError {
  constructor(code: string, message: string, options?: ErrorOptions) {
    super('worker', code, message, options)
  }
}

/**
 * A store refused, failed or cannot be reached: `COLLECTION_MISSING`, `STORE_LOCKED`, `STORE_UNREACHABLE`, …
 * `status` is the HTTP status that a Qdrant server gives for the same failure.
 */
export class StoreError extends OffgridError {
  readonly status: number

  constructor(code: string, message: string, options?: ErrorOptions & { readonly status?: number | undefined }) {
    super('store', code, message, options)
    this.status = options?.status ?? 500
  }
}
