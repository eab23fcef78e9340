import { OffgridError, StoreError } from '../../errors.js'

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])
const NOT_WRITABLE = new Set(['EACCES', 'EPERM', 'EROFS'])

/**
 * The store error of a failed file operation.
 * @param doing what was tried, as it reads after "Could not"
 * @returns StoreError `STORE_FULL`, `STORE_NOT_WRITABLE` or `STORE_IO`; what is no failure of the system as it came
 */
export function toStoreError(error: unknown, doing: string): unknown {
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
      `Could not ${doing}: ${message}. Check who owns the store's folder and its permissions.`,
      { cause: error },
    )
  }
  return new StoreError('STORE_IO', `Could not ${doing}: ${message}.`, { cause: error })
}

/** The error of a store whose bytes are not what was written. */
export function corruptError(what: string, cause?: unknown): StoreError {
  return new StoreError(
    'STORE_CORRUPT',
    `The store is damaged: ${what}. Restore the folder from a copy, or delete it and ingest again.`,
    cause === undefined ? undefined : { cause },
  )
}
