import type { Command } from 'commander'
import type { EncoderSpec } from '../../encoders/open-encoder.js'
import type { EncoderPool } from '../../pool/encoder-pool.js'
import { usableCores } from '../../pool/usable-cores.js'
import { workersWithin } from '../../pool/workers-within.js'
import { integerFrom } from '../shared/flags.js'
import { parseBytes } from '../shared/parse-bytes.js'
import type { RunReport } from './run-report.js'

export interface PoolFlags {
  readonly workers?: number
  /** Bytes of resident memory to keep to. */
  readonly memory?: number
  /** Workers as processes. */
  readonly isolate?: boolean
}

/** The options of every command that embeds an input of any size. */
export function addPoolOptions(command: Command): Command {
  return command
    .option('--workers <n>', 'worker threads (default: the usable cores)', integerFrom(1))
    .option(
      '--isolate',
      'run workers as processes: a crash ends one batch, which is tried again, and not the whole run',
    )
    .option('--memory <bytes>', 'limit of resident memory, such as 1gb: fewer workers and smaller batches', parseBytes)
}

/**
 * The pool of a run: as many workers as were asked for and fit in its memory, and its figures and deaths in the run's report.
 * @throws InputError `MEMORY_TOO_SMALL`
 */
export async function openReportedPool(
  { memory, isolate = false, workers = usableCores() }: PoolFlags,
  spec: EncoderSpec,
  report: RunReport,
): Promise<EncoderPool> {
  const pool = await (await import('../../pool/encoder-pool.js')).EncoderPool.create({
    workers: memory === undefined ? workers : workersWithin(memory, workers, spec, isolate),
    isolation: isolate ? 'processes' : 'threads',
    ...(memory !== undefined && { memoryBytes: memory }),
    onWorkerDeath: (reason, texts) => report.workerDied(reason, texts),
  })
  report.watch.pool = pool
  return pool
}
