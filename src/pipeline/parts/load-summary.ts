import type { QueuedRunState } from '../../queue/part-queue.js'
import type { Rejection } from '../documents/good-documents.js'
import type { LoadPartResult, QueuedLoad } from './queued-load.js'

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

/** The counts of a load over all its parts that are done. A part that was done twice finds unchanged what its first worker stored. */
export type LoadCounts = Readonly<Record<(typeof COUNTS)[number], number>>

/** What became of a load. */
export interface LoadSummary extends LoadCounts {
  /** Since it was planned. */
  readonly seconds: number
  readonly isCancelled: boolean
  readonly parts: QueuedRunState['parts']
  readonly setAside: QueuedRunState['setAside']
  /** The first rejections, in the order of the input. */
  readonly rejected: readonly Rejection[]
}

/** Rejections that are shown. */
const SHOWN_REJECTIONS = 10

export function loadCounts(results: readonly unknown[]): LoadCounts {
  const summaries = (results as readonly LoadPartResult[]).map(({ summary }) => summary)
  const sum = (name: (typeof COUNTS)[number]) => summaries.reduce((total, summary) => total + summary[name], 0)
  return Object.fromEntries(COUNTS.map((name) => [name, sum(name)])) as LoadCounts
}

/** @param now milliseconds since the epoch */
export function summarizeLoad(load: QueuedLoad, run: QueuedRunState, now: number): LoadSummary {
  const results = run.results as readonly LoadPartResult[]
  const { isCancelled, parts, setAside } = run
  return {
    ...loadCounts(results),
    seconds: (now - Date.parse(load.started)) / 1000,
    isCancelled,
    parts,
    setAside,
    rejected: results
      .flatMap(({ rejected }) => rejected)
      .sort((a, b) => (a.place.file < b.place.file ? -1 : a.place.file > b.place.file ? 1 : placeOf(a) - placeOf(b)))
      .slice(0, SHOWN_REJECTIONS),
  }
}

function placeOf({ place: { line, row } }: Rejection): number {
  return line ?? row ?? 0
}
