import { OffgridError, StoreError } from '../../errors.js'

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])
const NOT_WRITABLE = new Set(['EACCES', 'EPERM', 'EROFS'])

/**
 * The store error of a failed file operation.
 * @param doing what was tried, as it reads after "Could not"
 * @returns StoreError `STORE_FULL`, `STORE_NOT_WRITABLE` or `STORE_IO`; what is no failure of the system as it came
 */
export function toDiskError(error: unknown, doing: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException
  if (typeof code !== 'string' || error instanceof OffgridError) return error
  if (FULL.has(code)) {
    return new StoreError(
      'STORE_FULL',
      `Could not ${doing}: the disk is full (${message}). What was acknowledged is safe; free some space and repeat the call.`,
      { cause: error, status: 507 },
    )
  }
  if (NOT_WRITABLE.has(code)) {
    return new StoreError(
      'STORE_NOT_WRITABLE',
      `Could not ${doing}: expected a folder that this user may write to, got ${message}. ` +
        'Change its owner or permissions, or name another folder; what is stored can be read as it is.',
      { cause: error },
    )
  }
  if (code === 'ENOTDIR') {
    return new StoreError(
      'STORE_IO',
      `Could not ${doing}: expected a folder, got a file (${message}). Name the store's folder, or one that is to be made.`,
      { cause: error },
    )
  }
  return new StoreError('STORE_IO', `Could not ${doing}: ${message}.`, { cause: error })
}

/** What an operation on files gives. @throws what {@link toDiskError} makes of its failure */
export async function onDisk<T>(doing: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation()
  } catch (error) {
    throw toDiskError(error, doing)
  }
}

/** What to do about a collection whose files are damaged. */
export const CORRUPT_ADVICE =
  "Restore the store's folder from a copy, or drop the collection and fill it again: offgrid ingest … --restart"

/** The error of a collection whose bytes are not what was written. */
export function corruptError(what: string, cause?: unknown): StoreError {
  return damaged(what, CORRUPT_ADVICE, cause)
}

/** The error of a store that does not say any more which collections it holds: nothing tells whose they are, and so nothing drops them. */
export function corruptCatalogError(what: string, cause?: unknown): StoreError {
  const advice = 'Restore its folder from a copy, or move it away (--restart does not) and ingest into a new one.'
  return damaged(what, advice, cause)
}

function damaged(what: string, advice: string, cause: unknown): StoreError {
  const options = cause === undefined ? undefined : { cause }
  return new StoreError('STORE_CORRUPT', `The store is damaged: ${what}. ${advice}`, options)
}
