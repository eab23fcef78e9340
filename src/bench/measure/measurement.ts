import { readFileSync } from 'node:fs'
import type { RowTask } from '../row.js'

/** What the parent asks of a process that measures one row. */
export interface MeasureRequest {
  readonly task: RowTask
  /** JSONL with `id` and `text`: the texts that every row and every peer embeds. */
  readonly documents: string
  /** JSONL with `text`. */
  readonly queries: string
  /** Empty folder for stores. */
  readonly scratch: string
  readonly workers: number
  /** @default the model's own limit */
  readonly maxTokens?: number
  /** Where to write vectors for comparing, as `<prefix>.dense.f32` and so on; not at all without it. */
  readonly vectorsPrefix?: string
  /** When the parent started this process, in ms since 1970 with fractions. */
  readonly startedAtMs: number
  /** BEIR directory, for the rows of retrieval quality. */
  readonly dataset?: string
}

/** What a process found: wall time over all texts without loading and warm-up, unless the row says otherwise. */
export interface Measurement {
  /** In the row's unit. */
  readonly value: number
  readonly seconds: number
  readonly texts: number
  /** Model tokens, special tokens included; null where there are none. */
  readonly tokens: number | null
  /** Highest resident memory of the whole process, all threads, loading included; null where the system does not tell. */
  readonly peakRssBytes: number | null
  /** Whatever else the row tells: percentiles, tables, curves, a checksum of the results. */
  readonly details: Readonly<Record<string, unknown>>
}

/**
 * Highest resident memory of this process so far, in bytes. Linux's VmHWM begins anew with each program, where getrusage also
 * counts what the parent held at the moment of the start.
 */
export function peakRssBytes(): number {
  try {
    const line = /^VmHWM:\s*(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))
    if (line !== null) return Number(line[1]) * 1024
  } catch {
    // not Linux
  }
  return process.resourceUsage().maxRSS * 1024
}

/** Milliseconds since 1970 with fractions, comparable between processes of one machine. */
export function epochMs(): number {
  return performance.timeOrigin + performance.now()
}

/** What a row found whose unit is texts a second, with the memory that the process has held by now. */
export function rateOfTexts(
  texts: number,
  seconds: number,
  tokens: number | null,
  details: Measurement['details'],
): Measurement {
  return { value: texts / seconds, seconds, texts, tokens, peakRssBytes: peakRssBytes(), details }
}
