import type { EncoderSpec } from '../encoders/open-encoder.js'
import { InputError } from '../errors.js'

/**
 * Resident memory of the process beside its workers, and of each of them, with some room. Measured over texts of 500 tokens and of 8, with all three
 * kinds of vectors: 251 MB with one worker, 365 MB with two; with BM25 alone 205 MB and 226 MB.
 */
const BASE_BYTES = 180e6
const TRANSFORMER_BYTES = 130e6
const BM25_BYTES = 45e6
/** What a process takes more than a thread: Node itself. */
const PROCESS_BYTES = 60e6

/**
 * Workers that fit in an amount of memory, at most `workers`.
 * @param isIsolated whether they are processes, whose memory is counted in
 * @throws InputError `MEMORY_TOO_SMALL` if not even one fits
 */
export function workersWithin(memoryBytes: number, workers: number, spec: EncoderSpec, isIsolated = false): number {
  const model = spec.dense === undefined && spec.late === undefined ? BM25_BYTES : TRANSFORMER_BYTES
  const each = model + (isIsolated ? PROCESS_BYTES : 0)
  const fitting = Math.floor((memoryBytes - BASE_BYTES) / each)
  if (fitting >= 1) return Math.min(workers, fitting)
  throw new InputError(
    'MEMORY_TOO_SMALL',
    `--memory: expected at least ${Math.ceil((BASE_BYTES + each) / 1e6)} MB for one worker, got ${Math.floor(memoryBytes / 1e6)} MB.`,
  )
}
