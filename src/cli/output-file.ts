import { stat } from 'node:fs/promises'
import { InputError, OffgridError, StoreError } from '../errors.js'

/**
 * Refuses to write over what is to be read, by whatever path it is named.
 * @throws InputError `OUTPUT_IS_INPUT`
 */
export async function requireOtherFile(
  option: string,
  output: string | undefined,
  sources: readonly string[],
): Promise<void> {
  const target = output === undefined ? null : await stat(output).catch(() => null)
  if (target === null) return
  for (const source of sources) {
    const found = await stat(source).catch(() => null)
    if (found !== null && found.dev === target.dev && found.ino === target.ino) {
      throw new InputError(
        'OUTPUT_IS_INPUT',
        `${option}: expected another file than the input, got ${output}, which would be lost.`,
      )
    }
  }
}

/** What went wrong with an output, in one sentence; errors that are ours already stay as they are. */
export function toOutputError(option: string, output: string | undefined, error: unknown): unknown {
  if (error instanceof OffgridError || !(error instanceof Error && 'syscall' in error)) return error
  const { code } = error as NodeJS.ErrnoException
  const message = `${option}: cannot write ${output ?? 'to stdout'}: ${error.message}`
  return code === 'ENOENT' || code === 'EISDIR' || code === 'EACCES'
    ? new InputError('OUTPUT_FAILED', message, { cause: error })
    : new StoreError('OUTPUT_FAILED', message, { cause: error })
}
