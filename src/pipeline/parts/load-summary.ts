import type { QueuedRunState } from '../../queue/part-queue.js'
import type { QueuedLoad } from './queued-load.js'
import { type QueuedSummary, summarizeQueued, sumParts } from './queued-summary.js'

const COUNTS = [
  'read',
  'documents',
  'stored',
  'unchanged',
  'repeated',
  'merged',
  'points',
  'failed',
  'encoded',
  'tokens',
  'tokensLost',
  'truncated',
] as const

export interface LoadSummary extends QueuedSummary, Readonly<Record<(typeof COUNTS)[number], number>> {}

/** @param now milliseconds since the epoch */
export function summarizeLoad(load: QueuedLoad, run: QueuedRunState, now: number): LoadSummary {
  return { ...sumParts(run.results, COUNTS), ...summarizeQueued(load, run, now) }
}
