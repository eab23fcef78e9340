import type { EncoderSpec } from '../encoders/open-encoder.js'
import { InputError } from '../errors.js'

/** Resident memory of the process beside its workers: Node, the store's writer, the batches under way. */
const BASE_BYTES = 220e6
/** Of a worker with a transformer: V8, the session's weights and what a run of 256 tokens needs. */
const TRANSFORMER_BYTES = 190e6
/** Of a worker with BM25 alone. */
const BM25_BYTES = 80e6

/**
 * Workers that fit in an amount of memory, at most `workers`.
 * @throws InputError `MEMORY_TOO_SMALL` if not even one fits
 */
export function workersWithin(memoryBytes: number, workers: number, spec: EncoderSpec): number {
  const each = spec.dense === undefined && spec.late === undefined ? BM25_BYTES : TRANSFORMER_BYTES
  const fitting = Math.floor((memoryBytes - BASE_BYTES) / each)
  if (fitting >= 1) return Math.min(workers, fitting)
  throw new InputError(
    'MEMORY_TOO_SMALL',
    `--memory: expected at least ${Math.ceil((BASE_BYTES + each) / 1e6)} MB for one worker, got ${Math.floor(memoryBytes / 1e6)} MB.`,
  )
}
