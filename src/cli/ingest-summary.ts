import type { Precision } from '../encoders/transformer.js'
import type { RunSummary } from '../pipeline/run-ingest.js'
import { formatDuration } from './terminal.js'

/** What a run was made with, as far as its summary tells. */
export interface IngestSetting {
  readonly precision: Precision
  readonly workers: number
  readonly collection: string
  readonly store: string
  readonly isChunked: boolean
}

/** What `ingest` prints at its end: the JSON object, and the lines for people. */
export function summarizeIngest(
  summary: RunSummary,
  { isChunked, ...setting }: IngestSetting,
): { readonly result: object; readonly lines: readonly string[] } {
  const { documents, points, unchanged, failed, truncated, tokens, tokensLost, seconds, pruned, run } = summary
  const documentsPerSecond = documents / seconds
  const tokensPerSecond = tokens / seconds
  const peakRssBytes = process.resourceUsage().maxRSS * 1024
  const counts = { documents, points, unchanged, failed, truncated, tokensLost, tokens, seconds }
  const result = { ...counts, documentsPerSecond, tokensPerSecond, peakRssBytes, ...setting, pruned, run }
  const lines = [
    `${points} points stored in collection "${setting.collection}" (${setting.store})`,
    `${documents} documents, ${unchanged} unchanged, ${failed} rejected`,
    `${tokens} tokens in ${formatDuration(seconds)}: ${documentsPerSecond.toFixed(1)} documents/s, ${Math.round(tokensPerSecond)} tokens/s, ${setting.workers} workers, peak memory ${Math.round(peakRssBytes / 1e6)} MB`,
  ]
  if (pruned !== null) lines.push(`${pruned} points deleted whose documents are gone`)
  if (truncated > 0) {
    lines.push(`${truncated} documents were longer than the model takes: ${tokensLost} tokens were cut off`)
    if (!isChunked) lines.push('--chunk TOKENS keeps them: long documents become several points')
  }
  return { result, lines }
}
