import type { RunSummary } from '../pipeline/run-ingest.js'
import { formatDuration, type Terminal } from './terminal.js'

/** What a run was told, as far as its summary says it again. */
export interface IngestSetting {
  readonly precision: string
  readonly workers: number
  readonly collection: string
  /** Where the store is. */
  readonly store: string
  /** Whether long documents become several points. */
  readonly isChunked: boolean
}

/** Prints the result of `ingest`. */
export function printIngestSummary(
  { documents, points, unchanged, failed, truncated, tokens, tokensLost, seconds, pruned, run }: RunSummary,
  { precision, workers, collection, store, isChunked }: IngestSetting,
  terminal: Terminal,
): void {
  const result = {
    documents,
    points,
    unchanged,
    failed,
    truncated,
    tokensLost,
    tokens,
    seconds,
    documentsPerSecond: documents / seconds,
    tokensPerSecond: tokens / seconds,
    peakRssBytes: process.resourceUsage().maxRSS * 1024,
    precision,
    workers,
    collection,
    store,
    pruned,
    run,
  }
  const lines = [
    `${points} points stored in collection "${collection}" (${store})`,
    `${documents} documents, ${unchanged} unchanged, ${failed} rejected`,
    `${tokens} tokens in ${formatDuration(seconds)}: ${result.documentsPerSecond.toFixed(1)} documents/s, ${Math.round(result.tokensPerSecond)} tokens/s, ${workers} workers, peak memory ${Math.round(result.peakRssBytes / 1e6)} MB`,
  ]
  if (pruned !== null) lines.push(`${pruned} points deleted whose documents are gone`)
  if (truncated > 0)
    lines.push(`${truncated} documents were longer than the model takes: ${tokensLost} tokens were cut off`)
  if (truncated > 0 && !isChunked) lines.push('--chunk TOKENS keeps them: long documents become several points')
  terminal.result(result, lines.join('\n'))
}
