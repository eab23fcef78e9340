import { stat } from 'node:fs/promises'
import { InputError, OffgridError, StoreError } from '../../errors.js'
import { AtomicFile } from '../../files/atomic-file.js'

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

/** A file of results, begun before minutes are spent on them; null where none is wanted. @throws InputError `OUTPUT_FAILED` */
export async function createOutputFile(option: string, path: string | undefined): Promise<AtomicFile | null> {
  return path === undefined ? null : AtomicFile.create(path).catch(outputFailure(option, path))
}

/** What an output is written by: nothing stands under its name before `close`. */
export interface Output {
  close(): Promise<void>
  /** Removes what was written so far. */
  discard(): Promise<void>
}

/**
 * Fills the output of --out and puts it under its name; where that fails or is interrupted, nothing is left of it.
 * @returns whether it is there
 */
export async function fillOutput(
  file: string | undefined,
  output: Output,
  signal: AbortSignal,
  fill: () => Promise<void>,
): Promise<boolean> {
  try {
    await fill()
    if (signal.aborted) await output.discard()
    else await output.close()
    return !signal.aborted
  } catch (error) {
    await output.discard().catch(() => {})
    throw toOutputError('--out', file, error)
  }
}

/** For the `catch` of what writes an output. @throws as {@link toOutputError} says */
export function outputFailure(option: string, output: string | undefined): (error: unknown) => never {
  return (error) => {
    throw toOutputError(option, output, error)
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
