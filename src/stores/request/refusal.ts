import { StoreError } from '../../errors.js'

/**
 * The errors of the engine, in the words and with the HTTP status of a Qdrant 1.18.3 server,
 * so that what handles a server's refusal handles the engine's too.
 */

/** 400: the request is JSON, but not of the expected shape. */
export function malformed(text: string): StoreError {
  return new StoreError('REQUEST_REFUSED', `Format error in JSON body: ${text}`, { status: 400 })
}

/** 422: a value is outside of its range. */
export function invalid(path: string, message: string): StoreError {
  return new StoreError('REQUEST_REFUSED', `Validation error in JSON body: [${path}: ${message}]`, { status: 422 })
}

/** 400: the request does not fit the collection. */
export function wrongInput(text: string): StoreError {
  return new StoreError('REQUEST_REFUSED', `Wrong input: ${text}`, { status: 400 })
}

/** 400: the parts of the request contradict each other. */
export function badRequest(text: string): StoreError {
  return new StoreError('REQUEST_REFUSED', `Bad request: ${text}`, { status: 400 })
}

/** 404: a point, a vector or an alias is missing. */
export function notFound(text: string): StoreError {
  return new StoreError('NOT_FOUND', `Not found: ${text}`, { status: 404 })
}

export function collectionMissing(collection: string): StoreError {
  return new StoreError('COLLECTION_MISSING', `Not found: Collection \`${collection}\` doesn't exist!`, { status: 404 })
}

export function collectionExists(collection: string): StoreError {
  return new StoreError('COLLECTION_EXISTS', `Wrong input: Collection \`${collection}\` already exists!`, {
    status: 409,
  })
}

export function unknownVectorName(name: string): StoreError {
  return new StoreError('VECTOR_UNKNOWN', `Wrong input: Not existing vector name error: ${name}`, { status: 400 })
}

/** 501: the server can do it, this engine does not. */
export function unsupported(what: string): StoreError {
  return new StoreError(
    'NOT_SUPPORTED',
    `${what} is not supported by the embedded store; use a Qdrant server for it.`,
    {
      status: 501,
    },
  )
}
