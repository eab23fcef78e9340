import type { QueuedRunState } from '../../queue/part-queue.js'
import type { Rejection } from '../documents/good-documents.js'
import type { QueuedPartResult, QueuedRun } from './queued-run.js'

/** What became of a run. */
export interface QueuedSummary {
  readonly documents: number
  readonly failed: number
  /** Since it was planned. */
  readonly seconds: number
  readonly isCancelled: boolean
  readonly parts: QueuedRunState['parts']
  readonly setAside: QueuedRunState['setAside']
  /** The first rejections, in the order of what was read. */
  readonly rejected: readonly Rejection[]
}

/** Rejections that are shown. */
const SHOWN_REJECTIONS = 10

/** Counts over all parts of a run that are done. A part that was done twice finds unchanged what its first worker stored. */
export function sumParts<Name extends string>(
  results: readonly unknown[],
  names: readonly Name[],
): Readonly<Record<Name, number>> {
  const summaries = results.map((result) => (result as { summary: Record<Name, number> }).summary)
  const total = (name: Name) => summaries.reduce((sum, summary) => sum + summary[name], 0)
  return Object.fromEntries(names.map((name) => [name, total(name)])) as Record<Name, number>
}

/** What is said of any run beside its counts. @param now milliseconds since the epoch */
export function summarizeQueued(
  { started }: Pick<QueuedRun, 'started'>,
  { results, isCancelled, parts, setAside }: QueuedRunState,
  now: number,
): Omit<QueuedSummary, 'documents' | 'failed'> {
  return {
    ...{ seconds: (now - Date.parse(started)) / 1000, isCancelled, parts, setAside },
    rejected: (results as readonly QueuedPartResult[])
      .flatMap(({ rejected }) => rejected)
      .sort((a, b) => (a.place.file < b.place.file ? -1 : a.place.file > b.place.file ? 1 : placeOf(a) - placeOf(b)))
      .slice(0, SHOWN_REJECTIONS),
  }
}

function placeOf({ place: { line, row } }: Rejection): number {
  return line ?? row ?? 0
}
