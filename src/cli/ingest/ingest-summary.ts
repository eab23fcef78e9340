import type { IngestProgress } from '../../pipeline/runs/ingest-tally.js'
import type { RunSummary } from '../../pipeline/runs/run-ingest.js'
import { formatPlace } from '../report/rejection-log.js'
import { rejectedPart } from '../report/run-report.js'
import type { StyledPart } from '../shared/styled.js'
import { countOf, formatDuration, type Terminal } from '../shared/terminal.js'
import type { UnsegmentedTexts } from './unsegmented-texts.js'

/** What a run was told, as far as its summary says it again. */
export interface IngestSetting {
  readonly precision: string
  readonly workers: number
  readonly collection: string
  /** Where the store is. */
  readonly store: string
  /** Whether documents are cut off that could be cut into chunks. */
  readonly couldCut: boolean
  /** Whether it was said already that BM25 does not cut texts into words. */
  readonly saidUncut: boolean
}

/** How fast documents are encoded: those that were stored before take no time worth speaking of, and do not count. */
function ratesOf({ encoded, tokens, encodingSeconds }: Pick<IngestProgress, 'encoded' | 'tokens' | 'encodingSeconds'>) {
  const perSecond = (count: number) => (encodingSeconds === 0 ? 0 : count / encodingSeconds)
  return { documentsPerSecond: perSecond(encoded), tokensPerSecond: perSecond(tokens) }
}

/** `12.3/s`, `2 rejected`, `120 documents`, `900 tokens/s`: how fast a run is, what went wrong, how far it is. */
export function describeProgress(progress: IngestProgress): StyledPart[] {
  const { documentsPerSecond, tokensPerSecond } = ratesOf(progress)
  return [
    `${documentsPerSecond.toFixed(1)}/s`,
    ...rejectedPart(progress.failed),
    countOf(progress.documents, 'document'),
    `${Math.round(tokensPerSecond)} tokens/s`,
  ]
}

/** Prints the result of `ingest`. */
export function printIngestSummary(
  summary: RunSummary,
  setting: IngestSetting,
  unsegmented: UnsegmentedTexts,
  terminal: Terminal,
): void {
  const { read, documents, stored, points, unchanged, failed, repeated, merged, encoded } = summary
  const { truncated, tokens, tokensLost, seconds, encodingSeconds, pruned, run, firstRepeated } = summary
  const { precision, collection, store, workers, couldCut, saidUncut } = setting
  const rates = ratesOf(summary)
  const peakRssBytes = process.resourceUsage().maxRSS * 1024
  const counts = { read, documents, stored, points, unchanged, failed, repeated, merged, encoded }
  const effort = {
    truncated,
    unsegmented: unsegmented.count,
    tokensLost,
    tokens,
    seconds,
    encodingSeconds,
    ...rates,
    peakRssBytes,
  }
  const result = { ...counts, ...effort, precision, workers, collection, store, pruned, run }
  const lines = [
    `${countOf(points, 'point')} stored in collection "${collection}" (${store})`,
    `${countOf(read, 'record')} read: ${stored} stored, ${unchanged} unchanged, ${failed} rejected, ${repeated} repeated, ${merged} merged`,
    `${countOf(tokens, 'token')} in ${formatDuration(seconds)}: ${rates.documentsPerSecond.toFixed(1)} documents/s, ${Math.round(rates.tokensPerSecond)} tokens/s, ${countOf(workers, 'worker')}, peak memory ${Math.round(peakRssBytes / 1e6)} MB`,
  ]
  if (repeated > 0) {
    const first =
      firstRepeated === null
        ? ''
        : `: the first is ${JSON.stringify(firstRepeated.id)} in ${formatPlace(firstRepeated.place)}`
    lines.push(
      `repeated: ${countOf(repeated, 'document has', 'documents have')} the id of another one of this input, of which the last is kept${first}`,
    )
  }
  if (merged > 0) {
    lines.push(
      `merged: ${countOf(merged, 'document has', 'documents have')} no id and the contents of another one, and share its point`,
    )
  }
  if (pruned !== null) lines.push(`${countOf(pruned, 'point')} deleted whose documents are gone`)
  if (truncated > 0) {
    const were = countOf(truncated, 'document was', 'documents were')
    lines.push(`${were} longer than the model takes: ${countOf(tokensLost, 'token was', 'tokens were')} cut off`)
  }
  if (truncated > 0 && couldCut)
    lines.push('--chunk auto keeps them in a collection that is made anew: long documents become several points')
  const advice = saidUncut ? null : unsegmented.describe()
  if (advice !== null) lines.push(advice)
  terminal.result(result, lines.join('\n'))
}
