import { toErrorRecord } from '../../error-record.js'
import { InputError, StoreError, VectorError, WorkerError } from '../../errors.js'

/** A request that is not carried out, and the HTTP status that says why. */
export class RequestRefusal extends InputError {
  readonly status: number
  /** Sent with the answer, such as `retry-after`. */
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(code, message)
    this.status = status
    this.headers = headers
  }

  /** Of what is more than is taken in one request. */
  static tooLarge(message: string): RequestRefusal {
    return new RequestRefusal(413, 'REQUEST_TOO_LARGE', message)
  }

  /** Of what is more than is taken at present. */
  static overloaded(message: string, retryAfterSeconds = 1): RequestRefusal {
    return new RequestRefusal(429, 'OVERLOADED', message, { 'retry-after': String(retryAfterSeconds) })
  }
}

/** A failed request as its caller is told. */
export interface RequestFailure {
  readonly status: number
  readonly code: string
  readonly message: string
  readonly headers: Readonly<Record<string, string>>
}

/** What the caller is told of an error; of one that is not ours only that there was one. */
export function describeFailure(error: unknown): RequestFailure {
  const { code, message } = toErrorRecord(error)
  if (error instanceof RequestRefusal) return { status: error.status, code, message, headers: error.headers }
  const status = statusOf(error)
  const isOurs = code !== 'WORKER_FAILED'
  return {
    status,
    code,
    message: isOurs ? message : 'The request failed; the log of the service says why.',
    headers: {},
  }
}

function statusOf(error: unknown): number {
  if (error instanceof InputError) return 400
  if (error instanceof StoreError || error instanceof VectorError) return error.status
  return error instanceof WorkerError && ['POOL_CLOSED', 'CANCELLED'].includes(error.code) ? 503 : 500
}
