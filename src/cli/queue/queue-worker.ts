import { readdir, rename, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { OffgridError } from '../../errors.js'
import { appendFiles } from '../../files/append-files.js'
import type { OpenedCollection } from '../../pipeline/collection/opened-collection.js'
import { planQueuedRun, type QueuedPartResult, type QueuedRun } from '../../pipeline/parts/queued-run.js'
import type { QueuedSummary } from '../../pipeline/parts/queued-summary.js'
import { doEnd, doPart, type QueuedWork } from '../../pipeline/parts/queued-work.js'
import type { EncoderPool, PooledEncoder } from '../../pool/encoder-pool.js'
import type { PartQueue, Taken } from '../../queue/part-queue.js'
import { openStore } from '../../stores/open-store.js'
import { openReportedPool, type PoolFlags } from '../report/open-reported-pool.js'
import { RejectionLog } from '../report/rejection-log.js'
import type { RunReport } from '../report/run-report.js'
import type { PipelineCounts } from '../report/run-watch.js'
import type { StoreFlags } from '../shared/flags.js'
import { storeLocation } from '../shared/flags.js'

/** A run whose models and store are open. */
interface OpenedRun {
  readonly run: string
  readonly work: QueuedWork
  readonly pool: EncoderPool
  readonly opened: OpenedCollection<PooledEncoder>
  /** When it was opened, by `performance.now()`, and what was done before. */
  readonly since: number
  readonly before: PipelineCounts
}

/** Between two signs of life of a part that runs, in milliseconds. */
const PROGRESS_MS = 1000

/** Does what a queue gives out. It keeps the models of one run open. */
export class QueueWorker {
  /** Name in the queue and in logs. */
  readonly name = `${hostname()}:${process.pid}`
  readonly #queue: PartQueue
  readonly #flags: PoolFlags & StoreFlags
  readonly #report: RunReport
  readonly #met = new Set<string>()
  #opened: OpenedRun | null = null
  /** Counts of the parts that are done, and of those that run. */
  #done: PipelineCounts = { documents: 0, points: 0, unchanged: 0, failed: 0, tokens: 0, cutTokens: 0 }
  readonly #running = new Map<Taken, PipelineCounts>()

  constructor(queue: PartQueue, flags: PoolFlags & StoreFlags, report: RunReport) {
    this.#queue = queue
    this.#flags = flags
    this.#report = report
  }

  /**
   * Holds the recipes of all runs that go on against the models that are here.
   * @throws ModelError `RECIPE_MISMATCH`; InputError `UNKNOWN_MODEL`
   */
  async requireRecipes(): Promise<void> {
    for (const run of await this.#queue.openRuns()) {
      if (this.#met.has(run)) continue
      const state = await this.#queue.describe(run)
      if (state !== null) await planQueuedRun(run, state.content as QueuedWork)
      this.#met.add(run)
    }
  }

  /**
   * Does a part of the run that is open, or of any where none is under way.
   * @param onRead called when its last texts are in the encoder
   * @returns null where it was stopped before its end
   */
  async doPart(taken: Taken, signal: AbortSignal, onRead: () => void): Promise<QueuedPartResult | null> {
    const { work, opened } = await this.#open(taken.run)
    if (work.kind === 'load') process.chdir(work.cwd)
    const file = work.errors === null ? undefined : rejectionsOf(work.errors, taken.index)
    const draft = file && `${file}.${this.name.replace(/\W/g, '-')}`
    const log = await RejectionLog.open(draft, this.#report)
    const tell = () => {
      const documents = this.#running.get(taken)?.documents ?? 0
      void taken.progress({ worker: this.name, documents, ...rateOf(this.#opened!, this.#counts) })
    }
    tell()
    const telling = setInterval(tell, PROGRESS_MS)
    telling.unref()
    try {
      const result = await doPart(work, taken.content, opened, {
        signal: AbortSignal.any([signal, taken.lost]),
        onUpsert: this.#report.watch.onUpsert,
        onRejected: (rejection) => log.add(rejection),
        onRead,
        onProgress: (progress) => {
          this.#running.set(taken, { ...progress, cutTokens: progress.tokensLost })
          this.#tell()
        },
      })
      if (result.summary.interrupted) return null
      this.#done = sum(this.#done, { ...result.summary, cutTokens: result.summary.tokensLost })
      await log.close()
      if (draft !== undefined && result.summary.failed > 0) await rename(draft, file!)
      return result
    } finally {
      this.#running.delete(taken)
      this.#tell()
      clearInterval(telling)
      await log.close()
      if (draft !== undefined) await rm(draft, { force: true })
    }
  }

  /**
   * Finishes a run, and puts the rejected documents of all parts into one file. Doing it twice does no harm.
   * @returns null where it was stopped before its end
   */
  async doEnd({ run, lost }: Taken, signal: AbortSignal): Promise<QueuedSummary | null> {
    const { work, opened } = await this.#open(run)
    const state = (await this.#queue.describe(run))!
    const summary = await doEnd(work, state, opened, AbortSignal.any([signal, lost]))
    // those of parts that are done are needed again when others are tried again
    if (summary !== null && work.errors !== null) await this.#gatherRejections(work.errors, state.setAside.length > 0)
    return summary
  }

  async close(): Promise<void> {
    const opened = this.#opened
    this.#opened = null
    await opened?.pool.close()
    await opened?.opened.store.close()
  }

  async #open(run: string): Promise<OpenedRun> {
    if (this.#opened?.run === run) return this.#opened
    await this.close()
    const work = (await this.#queue.describe(run))!.content as QueuedWork
    const plan = await planQueuedRun(run, work)
    const store = await openStore(workerLocation(work, run, this.#flags))
    try {
      this.#report.watch.watchStore(store)
      const pool = await openReportedPool(this.#flags, plan.spec, this.#report)
      const opened = { store, collection: work.collection, plan, encoder: pool.encoder(plan.spec) }
      this.#opened = { run, work, pool, opened, since: performance.now(), before: this.#done }
      return this.#opened
    } catch (error) {
      await store.close()
      throw error
    }
  }

  get #counts(): PipelineCounts {
    return [...this.#running.values()].reduce(sum, this.#done)
  }

  #tell(): void {
    this.#report.progress(this.#counts)
  }

  async #gatherRejections(errors: string, isKept: boolean): Promise<void> {
    const prefix = `${basename(errors)}.part-`
    const names = (await readdir(dirname(errors))).filter((name) => /^\d+$/.test(name.replace(prefix, '')))
    const files = names.sort().map((name) => join(dirname(errors), name))
    await appendFiles(files, errors)
    if (!isKept) for (const file of files) await rm(file, { force: true })
  }
}

/** How fast a run goes on here. */
function rateOf({ since, before }: OpenedRun, { documents, tokens }: PipelineCounts) {
  const seconds = Math.max(1, performance.now() - since) / 1000
  return {
    documentsPerSecond: (documents - before.documents) / seconds,
    tokensPerSecond: (tokens - before.tokens) / seconds,
  }
}

function sum(a: PipelineCounts, b: PipelineCounts): PipelineCounts {
  return {
    documents: a.documents + b.documents,
    points: a.points + b.points,
    unchanged: a.unchanged + b.unchanged,
    failed: a.failed + b.failed,
    tokens: a.tokens + b.tokens,
    cutTokens: a.cutTokens + b.cutTokens,
  }
}

/** Where the points of a run go, as this worker sees it: the key is its own, and so is a QDRANT_URL. */
function workerLocation({ location }: Pick<QueuedRun, 'location'>, run: string, flags: StoreFlags) {
  const url = flags.url ?? (process.env.QDRANT_URL || location.url)
  return { ...location, ...storeLocation({ ...flags, url }, process.env), loader: `queue-${run}` } as Parameters<
    typeof openStore
  >[0]
}

/** Failures of what a part needs, and not of the part: the worker gives it back and ends. */
const NOT_THE_PART = new Set(['STORE_UNREACHABLE', 'STORE_TIMEOUT', 'STORE_BUSY', 'STORE_FULL', 'STORE_FORBIDDEN'])

export function isWorkersFault(error: unknown): boolean {
  return error instanceof OffgridError && (error.kind === 'model' || NOT_THE_PART.has(error.code))
}

function rejectionsOf(errors: string, index: number): string {
  return `${errors}.part-${String(index).padStart(6, '0')}`
}
