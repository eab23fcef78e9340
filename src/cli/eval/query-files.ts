import { optionError } from '../../errors.js'
import type { AtomicFile } from '../../files/atomic-file.js'
import { createOutputFile, type Output } from '../shared/output-file.js'
import type { EvalFlags } from './eval-options.js'

/**
 * The method whose hits a run file has: a file of TREC's form is of one.
 * @throws InputError `INVALID_OPTION`
 */
export function mainMethod(option: string, methods: readonly string[]): string {
  if (methods.length === 1) return methods[0]!
  if (methods.includes('default')) return 'default'
  throw optionError(
    `${option}: a run is of one method; expected default among --methods, or one method alone, got ${methods.join(', ')}.`,
  )
}

/** Options that name a file to be written. */
export const OUTPUTS = {
  ...{ perQuery: '--per-query', run: '--run', out: '--out', errors: '--errors', report: '--report' },
} as const

/** The files that are filled query by query. */
export interface QueryFiles extends Output {
  readonly perQuery: AtomicFile | null
  readonly run: AtomicFile | null
}

/** @throws InputError `OUTPUT_FAILED` */
export async function openOutputs(flags: EvalFlags): Promise<QueryFiles> {
  const open = (option: 'perQuery' | 'run') => createOutputFile(OUTPUTS[option], flags[option])
  const perQuery = await open('perQuery')
  const run = await open('run').catch(async (error: unknown) => {
    await perQuery?.discard()
    throw error
  })
  const each = (doIt: (file: AtomicFile) => Promise<void>) => async () => {
    for (const file of [perQuery, run]) if (file !== null) await doIt(file)
  }
  return { perQuery, run, close: each((file) => file.finish()), discard: each((file) => file.discard()) }
}
