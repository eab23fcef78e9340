import { StoreError } from '../../errors.js'

/**
 * A failure of the operating system that nobody gave words to, as an error with a code: its text names what failed, and where that is known the file.
 * What is no such failure comes back as it is.
 */
export function systemError(error: unknown): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error
  const { path, message } = error as NodeJS.ErrnoException
  const where = path === undefined || message.includes(path) ? '' : ` (${path})`
  return new StoreError('SYSTEM_FAILED', `The system reports: ${message}${where}.`, { cause: error })
}
