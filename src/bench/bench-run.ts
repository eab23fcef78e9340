import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { OffgridError } from '../errors.js'
import { given } from '../options.js'
import type { BenchCorpus } from './corpus.js'
import { epochMs, type Measurement, type MeasureRequest } from './measure/measurement.js'
import type { PeerRow, PeerSetting } from './peers/peer.js'
import type { RowFailure } from './report/report.js'
import type { Row } from './row.js'
import { runForJson } from './run-process.js'

/** What is the same for all processes of a run. */
export interface BenchRunOptions {
  readonly corpus: BenchCorpus
  /** Folder for stores and vectors; the caller removes it. */
  readonly scratch: string
  readonly workers: number
  /** @default the model's own limit */
  readonly maxTokens?: number | undefined
  /** The compiled program that measures one row. */
  readonly measureProgram: string
  /** Processes that will be run, for the progress. */
  readonly total: number
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: (done: number, total: number, what: string) => void
}

/** One run of the benchmark: starts a process for each measurement and keeps count of those that failed. */
export class BenchRun {
  readonly failures: RowFailure[] = []
  readonly #options: BenchRunOptions
  #done = 0

  constructor(options: BenchRunOptions) {
    this.#options = options
  }

  /** Whether the row has failed in a round: it would do so again. */
  hasFailed(row: string): boolean {
    return this.failures.some((failure) => failure.row === row && failure.round !== null)
  }

  /** Runs a process for a row of ours; null and a failure if that fails. */
  async measure(row: Row, round: number | null): Promise<Measurement | null> {
    const { corpus, workers, maxTokens, measureProgram, signal } = this.#options
    const scratch = await mkdtemp(join(this.#options.scratch, 'row-'))
    const request: MeasureRequest = {
      task: row.task,
      documents: corpus.documents,
      queries: corpus.queries,
      scratch,
      workers,
      ...given({ maxTokens, dataset: corpus.dataset }),
      ...(round === 0 && { vectorsPrefix: join(this.#options.scratch, row.name) }),
      startedAtMs: epochMs(),
    }
    const args = [measureProgram, JSON.stringify(request)]
    const found = await this.#attempt(row.name, round, runForJson({ file: process.execPath, args }, signal))
    await rm(scratch, { recursive: true, force: true })
    return found
  }

  /** Runs a process for a peer's row; null and a failure if that fails. */
  async measurePeer(
    row: PeerRow,
    setting: PeerSetting,
    round: number | null,
    limit?: number,
  ): Promise<Measurement | null> {
    const { corpus, scratch, workers, signal } = this.#options
    const request = {
      ...setting,
      task: row.task,
      documents: corpus.documents,
      workers,
      ...given({ limit }),
      ...(round === 0 && limit === undefined && { vectorsPrefix: join(scratch, row.name) }),
      startedAtMs: epochMs(),
    }
    return this.#attempt(row.name, round, runForJson(row.command(request), signal))
  }

  async #attempt(row: string, round: number | null, running: Promise<Measurement>): Promise<Measurement | null> {
    this.#options.onProgress?.(this.#done, this.#options.total, row)
    try {
      return await running
    } catch (error) {
      if (!(error instanceof OffgridError) || error.code === 'CANCELLED') throw error
      this.failures.push({ row, round, message: error.message })
      return null
    } finally {
      this.#done += 1
    }
  }
}
