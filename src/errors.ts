/**
 * Every error that offgrid throws. One class per party that must act; the stable `code` says what happened,
 * the message what was expected, what came and what to do.
 */

/** The code and message of an error as plain fields, for crossing a thread. */
export interface ErrorRecord {
  readonly kind: ErrorKind
  readonly code: string
  readonly message: string
}

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

  constructor(code: string, message: string, options?: ErrorOptions & { readonly status?: number }) {
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

  constructor(code: string, message: string, options?: ErrorOptions & { readonly status?: number }) {
    super('store', code, message, options)
    this.status = options?.status ?? 500
  }
}

/** Plain fields of any error; what is not ours becomes a worker error with its own message. */
export function toErrorRecord(error: unknown): ErrorRecord {
  if (error instanceof OffgridError) return { kind: error.kind, code: error.code, message: error.message }
  return { kind: 'worker', code: 'WORKER_FAILED', message: error instanceof Error ? error.message : shown(error) }
}

/** The error that {@link toErrorRecord} took apart, as its class again. */
export function fromErrorRecord(record: ErrorRecord, cause?: unknown): OffgridError {
  const options = cause === undefined ? undefined : { cause }
  switch (record.kind) {
    case 'input':
      return new InputError(record.code, record.message, options)
    case 'model':
      return new ModelError(record.code, record.message, options)
    case 'vector':
      return new VectorError(record.code, record.message, options)
    case 'worker':
      return new WorkerError(record.code, record.message, options)
    case 'store':
      return new StoreError(record.code, record.message, options)
  }
}

/**
 * Refuses options that nobody reads: a typo must not be silently ignored, nor must what is no object of options.
 * @throws InputError `UNKNOWN_OPTION`, `INVALID_OPTION`
 */
export function rejectUnknownOptions(options: object, known: readonly string[], where: string): void {
  requireObject(where, 'options', options)
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) {
      throw new InputError('UNKNOWN_OPTION', `${where}: unknown option "${key}"; expected one of ${known.join(', ')}.`)
    }
  }
}

/** The object that was given. @throws InputError `INVALID_OPTION` unless it is one, with named fields */
export function requireObject<T>(where: string, name: string, value: T): T {
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)) return value
  throw invalidOption(where, name, 'an object', value)
}

/** Whether `for await` can go through a value; a string, whose characters it would be, and an array that was transferred do not count. */
export function isIterable(value: unknown): value is Iterable<unknown> | AsyncIterable<unknown> {
  if (typeof value !== 'object' || value === null) return false
  if (ArrayBuffer.isView(value)) return !(value instanceof DataView) && !isDetached(value)
  return Symbol.iterator in value || Symbol.asyncIterator in value
}

/** Whether an array's buffer was transferred to another thread. Node 20 has no `ArrayBuffer.prototype.detached`. */
function isDetached(array: ArrayBufferView): boolean {
  if (array.byteLength > 0) return false
  try {
    array.buffer.slice(0, 0)
    return false
  } catch {
    return true
  }
}

/** @throws InputError `INVALID_OPTION` unless the value can be gone through */
export function requireIterable(where: string, name: string, value: unknown): void {
  if (!isIterable(value)) throw invalidOption(where, name, 'a list or a stream (iterable or async iterable)', value)
}

/** The list that was given. @throws InputError `INVALID_OPTION` unless it is one */
export function requireList<T>(where: string, name: string, value: readonly T[]): readonly T[] {
  if (Array.isArray(value)) return value
  throw invalidOption(where, name, 'a list', value)
}

/** @throws InputError `INVALID_OPTION` unless the value is a string or left out */
export function requireString(where: string, name: string, value: unknown): void {
  if (value === undefined || typeof value === 'string') return
  throw invalidOption(where, name, 'a string', value)
}

/** @throws InputError `INVALID_OPTION` unless the value is one of those allowed or left out */
export function requireChoice(where: string, name: string, value: unknown, allowed: readonly unknown[]): void {
  if (value === undefined || allowed.includes(value)) return
  throw invalidOption(where, name, allowed.map((each) => JSON.stringify(each)).join(' or '), value)
}

/** @throws InputError `INVALID_OPTION` unless the value is a whole number ≥ 1 or left out */
export function requireCount(where: string, name: string, value: unknown): void {
  if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= 1)) return
  throw invalidOption(where, name, 'a whole number from 1 on', value)
}

/**
 * For the constructor of a class that `create` or `open` makes, since a constructor opens nothing; types alone do not keep JavaScript from it.
 * @param isMade whether what only the factory has was given
 * @throws InputError `NOT_CONSTRUCTIBLE`
 */
export function refuseNew(isMade: boolean, name: string, factory: string): void {
  if (isMade) return
  throw new InputError('NOT_CONSTRUCTIBLE', `Expected await ${name}.${factory}, got new ${name}().`)
}

/** An option that has a value of the wrong kind. */
export function invalidOption(where: string, name: string, expected: string, value: unknown): InputError {
  return new InputError('INVALID_OPTION', `${where}: expected ${name} to be ${expected}, got ${shown(value)}.`)
}

/** Characters of a string that a message repeats. */
const SHOWN_CHARACTERS = 80

/** A value in few words, for the message of an error. Throws for none, as `JSON.stringify` and templates do for some. */
export function shown(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value.length > SHOWN_CHARACTERS ? `${value.slice(0, SHOWN_CHARACTERS)}…` : value)
  }
  if (typeof value === 'function') return 'a function'
  if (typeof value !== 'object' || value === null) return String(value)
  return Array.isArray(value) ? 'a list' : 'an object'
}
