import { type Command, Option } from 'commander'
import type { Logger } from 'pino'
import { toErrorRecord } from '../../error-record.js'
import type { Rejection } from '../../pipeline/documents/good-documents.js'
import type { Retry } from '../../stores/store.js'
import { integerFrom } from '../shared/flags.js'
import type { OptionNeed } from '../shared/idle-options.js'
import type { StyledPart } from '../shared/styled.js'
import { formatDuration, type Terminal } from '../shared/terminal.js'
import { LOG_LEVELS, type LogLevel } from './log-level.js'
import type { RunMetrics } from './run-metrics.js'
import { type PipelineCounts, type RunFigures, RunWatch } from './run-watch.js'

export interface ReportFlags {
  readonly metricsPort?: number
  readonly log?: string
  readonly logLevel: LogLevel
}

const MAX_PORT = 65_535

/** A server that is waited for is spoken of when it lasts, and then from time to time. */
const OUTAGE_MS = 3000
const OUTAGE_NOTES_MS = 30_000

/** Failures after which the same command goes on where it stopped. */
const CONTINUABLE: Readonly<Record<string, string>> = {
  STORE_FULL: 'free some space, then the same command continues',
  ...Object.fromEntries(
    ['STORE_UNREACHABLE', 'STORE_TIMEOUT', 'STORE_BUSY', 'STORE_FAILED', 'UPLOAD_INCOMPLETE'].map((code) => [
      code,
      'when the server is well again, the same command continues (--give-up-after MINUTES waits longer)',
    ]),
  ),
}

/** The options of every command that runs for long. */
export function addReportOptions(command: Command): Command {
  return command
    .option(
      '--metrics-port <n>',
      'serve Prometheus metrics at http://127.0.0.1:N/metrics during the run; 0 takes a free port',
      integerFrom(0, MAX_PORT),
    )
    .option('--log <file>', 'write a log of JSON lines to this file, or - for stderr')
    .addOption(new Option('--log-level <level>', 'lowest level that is logged').choices(LOG_LEVELS).default('info'))
}

/** What its options need to have an effect. */
export function reportNeed({ log }: ReportFlags): OptionNeed {
  return { options: ['logLevel'], isMet: log !== undefined, need: '--log FILE beside it' }
}

/** What a run tells while it goes on: figures for the progress line and Prometheus, events for the log. */
export class RunReport {
  readonly watch: RunWatch
  readonly #terminal: Terminal
  readonly #log: Logger | null
  readonly #metrics: RunMetrics | null
  #lastOutageNote = Number.NEGATIVE_INFINITY

  private constructor(watch: RunWatch, terminal: Terminal, log: Logger | null, metrics: RunMetrics | null) {
    this.watch = watch
    this.#terminal = terminal
    this.#log = log
    this.#metrics = metrics
    watch.onRetry = (retry) => this.#requestRetried(retry)
  }

  /**
   * @param about what the log's first line says of the run; no secrets
   * @throws InputError `METRICS_PORT`, `LOG_FILE`
   */
  static async open(flags: ReportFlags, terminal: Terminal, about: object): Promise<RunReport> {
    // loaded where they are asked for: no other command waits for them
    const log = flags.log === undefined ? null : (await import('./run-log.js')).openRunLog(flags.log, flags.logLevel)
    const watch = new RunWatch((points, seconds) => log?.debug({ event: 'batch', points, seconds }))
    const metrics =
      flags.metricsPort === undefined
        ? null
        : await (await import('./run-metrics.js')).RunMetrics.listen(
            flags.metricsPort,
            () => watch.figures,
            async () => (await watch.readParts?.()) ?? null,
          )
    if (metrics !== null) terminal.note(`metrics: ${metrics.url}`)
    log?.info({ event: 'start', pid: process.pid, node: process.version, ...about })
    return new RunReport(watch, terminal, log, metrics)
  }

  rejected({ place, id, code, reason }: Rejection): void {
    this.#log?.warn({ event: 'rejected', ...place, id, code, reason })
  }

  /** Takes the pipeline's counts, and gives the figures. */
  progress(counts: PipelineCounts): RunFigures {
    this.watch.counts = counts
    return this.watch.figures
  }

  /** Something happened to a part of a queue. */
  part(event: object): void {
    this.#log?.info({ event: 'part', ...event })
  }

  ended(summary: object): void {
    this.#log?.info({ event: 'end', ...summary, figures: this.watch.figures })
  }

  /** Tells what a run ended by. @returns it */
  failed(error: unknown): unknown {
    const { kind, code, message } = toErrorRecord(error)
    this.#log?.error({ event: 'failed', kind, code, message, figures: this.watch.figures })
    const advice = CONTINUABLE[code]
    if (advice !== undefined) this.#terminal.warn(`stopped: what was stored is safe; ${advice}`)
    return error
  }

  #requestRetried({ error, sinceMs }: Retry): void {
    const now = performance.now()
    if (sinceMs < OUTAGE_MS || now - this.#lastOutageNote < OUTAGE_NOTES_MS) return
    this.#lastOutageNote = now
    this.#log?.warn({ event: 'waiting', code: error.code, reason: error.message, seconds: sinceMs / 1000 })
    this.#terminal.warn(`waiting for the server, since ${formatDuration(sinceMs / 1000)}: ${error.message}`)
  }

  /** A worker ended, and what it encoded is tried again in halves. */
  workerDied(reason: string, texts: number): void {
    this.#log?.warn({ event: 'retry', reason, texts })
    const next = texts === 1 ? 'its document is rejected' : `its ${texts} documents are tried again in halves`
    this.#terminal.warn(`a worker ended: ${reason}; ${next}`)
  }

  async close(): Promise<void> {
    await this.#metrics?.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

/** `3 working`, `1 waiting`, `1 retried`: what is under way. */
export function describeFigures({ working, waiting, retries }: RunFigures): string[] {
  return [`${working} working`, `${waiting} waiting`, ...(retries > 0 ? [`${retries} retried`] : [])]
}

/** `2 rejected`, where anything was. */
export function rejectedPart(count: number): StyledPart[] {
  return count === 0 ? [] : [{ text: `${count} rejected`, as: 'warning' }]
}
