import { WorkerError } from '../errors.js'
import { RequestRefusal } from './request-refusal.js'

/** Items that one run can do together. */
export interface Lane<Item, Result> {
  /** Items of lanes with the same key may share a batch. */
  readonly key: string
  /** Goes before what is not urgent: somebody waits for a query. */
  readonly isUrgent: boolean
  /** One result for each item, in their order. */
  run(items: readonly Item[], signal: AbortSignal): Promise<readonly Result[]>
}

export interface WorkQueueOptions {
  /** Batches that are worked on at once: one for each worker. */
  readonly concurrency: number
  /** Tokens of a full batch; a longer item goes alone. */
  readonly batchTokens: number
  /** Tokens that may wait, urgent and other ones each, before more is refused. */
  readonly backlogTokens: number
  /** Called after each batch that was done. */
  readonly onBatch?: (batch: BatchReport) => void
}

export interface BatchReport {
  readonly isUrgent: boolean
  readonly items: number
  /** Requests whose items shared the batch. */
  readonly requests: number
  /** Time for which the first item waited, and for which the batch was worked on. */
  readonly waitedSeconds: number
  readonly workedSeconds: number
}

interface Job {
  readonly lane: Lane<unknown, unknown>
  readonly items: readonly unknown[]
  readonly costs: readonly number[]
  readonly results: unknown[]
  readonly batches: Set<Batch>
  readonly queuedAt: number
  /** First item that is in no batch yet, and the tokens from there on. */
  next: number
  waitingTokens: number
  /** Results that are still to come. */
  missing: number
  isSettled: boolean
  settle(error?: unknown): void
}

interface Batch {
  readonly lane: Lane<unknown, unknown>
  readonly parts: readonly { readonly job: Job; readonly begin: number; readonly end: number }[]
  readonly tokens: number
  readonly controller: AbortController
}

/** Smallest batch that is cut for the sake of idle workers: what one run of a model takes anyway. */
const LEAST_BATCH_TOKENS = 256
/** Urgent batches after which one goes that is not, so that upserts get on under a steady load of queries. */
const URGENT_IN_A_ROW = 8
/** Tokens that a worker does in a second, until it is known. */
const ASSUMED_RATE = 2_000
const MAX_RETRY_SECONDS = 60

/**
 * Gathers the items of concurrent requests into batches by their tokens: while the workers are busy, what waits grows together; an idle
 * worker takes what there is at once. Items of one lane share batches whoever sent them, first come, first served.
 * A request that fails in company is tried again by itself.
 */
export class WorkQueue {
  readonly #options: WorkQueueOptions
  readonly #jobs = { urgent: [] as Job[], other: [] as Job[] }
  readonly #again: Batch[] = []
  readonly #done = { tokens: 0, seconds: 0 }
  #running = 0
  #urgentInARow = 0
  #isWaking = false

  constructor(options: WorkQueueOptions) {
    this.#options = options
  }

  /** Tokens that wait for a worker. */
  waitingTokens(isUrgent: boolean): number {
    return this.#jobsOf(isUrgent).reduce((sum, job) => sum + job.waitingTokens, 0)
  }

  /** Batches under way. */
  get running(): number {
    return this.#running
  }

  /**
   * To be asked before a request is taken. What one request brings may go beyond the limit, so that one larger than it is taken, too.
   * @throws RequestRefusal 429 with `retry-after` by the rate of work so far
   */
  requireRoom(isUrgent: boolean): void {
    const waiting = this.waitingTokens(isUrgent)
    const { backlogTokens, concurrency } = this.#options
    if (waiting < backlogTokens) return
    const rate = this.#done.seconds === 0 ? ASSUMED_RATE : this.#done.tokens / this.#done.seconds
    const seconds = Math.min(MAX_RETRY_SECONDS, Math.max(1, Math.ceil(waiting / (rate * concurrency))))
    throw new RequestRefusal(
      429,
      'OVERLOADED',
      `About ${waiting} tokens wait to be embedded, and ${backlogTokens} is the limit: try again in ${seconds} s.`,
      { 'retry-after': String(seconds) },
    )
  }

  /**
   * The results of the items, in their order.
   * @throws WorkerError `CANCELLED` once the signal is aborted; what the lane throws
   */
  submit<Item, Result>(
    lane: Lane<Item, Result>,
    items: readonly Item[],
    tokensOf: (item: Item) => number,
    signal: AbortSignal,
  ): Promise<Result[]> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(cancelled(signal))
      if (items.length === 0) return resolve([])
      const costs = items.map(tokensOf)
      const job: Job = {
        lane: lane as unknown as Lane<unknown, unknown>,
        items,
        costs,
        results: new Array(items.length),
        batches: new Set(),
        queuedAt: performance.now(),
        next: 0,
        waitingTokens: costs.reduce((sum, tokens) => sum + tokens, 0),
        missing: items.length,
        isSettled: false,
        settle: (error) => {
          if (job.isSettled) return
          job.isSettled = true
          signal.removeEventListener('abort', onAbort)
          this.#forget(job)
          if (error === undefined) resolve(job.results as Result[])
          else reject(error)
        },
      }
      const onAbort = () => job.settle(cancelled(signal))
      signal.addEventListener('abort', onAbort, { once: true })
      this.#jobsOf(lane.isUrgent).push(job)
      this.#wake()
    })
  }

  #jobsOf(isUrgent: boolean): Job[] {
    return isUrgent ? this.#jobs.urgent : this.#jobs.other
  }

  /** Takes what waits of a settled job away, and stops batches that nobody waits for any more. */
  #forget(job: Job): void {
    this.#leaveQueue(job)
    for (const { parts, controller } of job.batches) {
      if (parts.every((part) => part.job.isSettled)) controller.abort()
    }
  }

  #leaveQueue(job: Job): void {
    const jobs = this.#jobsOf(job.lane.isUrgent)
    const at = jobs.indexOf(job)
    if (at >= 0) jobs.splice(at, 1)
  }

  /** Requests that came in the same turn of the event loop are gathered first. */
  #wake(): void {
    if (this.#isWaking) return
    this.#isWaking = true
    setImmediate(() => {
      this.#isWaking = false
      while (this.#running < this.#options.concurrency) {
        const batch = this.#again.shift() ?? this.#takeBatch()
        if (batch === undefined) return
        void this.#work(batch)
      }
    })
  }

  #takeBatch(): Batch | undefined {
    const { urgent, other } = this.#jobs
    const isTurnOfOthers = urgent.length === 0 || (other.length > 0 && this.#urgentInARow >= URGENT_IN_A_ROW)
    const jobs = isTurnOfOthers ? other : urgent
    this.#urgentInARow = isTurnOfOthers ? 0 : this.#urgentInARow + 1
    const lane = jobs[0]?.lane
    if (lane === undefined) return undefined
    const sharing = jobs.filter((job) => job.lane.key === lane.key)
    const budget = this.#budgetFor(sharing)
    const parts: { job: Job; begin: number; end: number }[] = []
    let tokens = 0
    for (const job of sharing) {
      const begin = job.next
      while (job.next < job.items.length && (tokens === 0 || tokens + job.costs[job.next]! <= budget)) {
        const cost = job.costs[job.next++]!
        tokens += cost
        job.waitingTokens -= cost
      }
      if (job.next > begin) parts.push({ job, begin, end: job.next })
      if (job.next < job.items.length) break
      this.#leaveQueue(job)
    }
    return this.#batchOf(lane, parts, tokens)
  }

  /** A full batch, or less where the workers that are idle can share what waits. */
  #budgetFor(jobs: readonly Job[]): number {
    const { batchTokens, concurrency } = this.#options
    const waiting = jobs.reduce((sum, job) => sum + job.waitingTokens, 0)
    const share = Math.ceil(waiting / (concurrency - this.#running))
    return Math.min(batchTokens, Math.max(LEAST_BATCH_TOKENS, share))
  }

  #batchOf(lane: Batch['lane'], parts: Batch['parts'], tokens: number): Batch {
    const batch = { lane, parts, tokens, controller: new AbortController() }
    for (const { job } of parts) job.batches.add(batch)
    return batch
  }

  async #work(batch: Batch): Promise<void> {
    const { lane, parts, tokens, controller } = batch
    if (parts.every(({ job }) => job.isSettled)) return
    this.#running++
    const started = performance.now()
    try {
      const items = parts.flatMap(({ job, begin, end }) => job.items.slice(begin, end))
      const results = await lane.run(items, controller.signal)
      const workedSeconds = (performance.now() - started) / 1000
      this.#done.tokens += tokens
      this.#done.seconds += workedSeconds
      this.#handOut(batch, results)
      const waitedSeconds = (started - Math.min(...parts.map(({ job }) => job.queuedAt))) / 1000
      this.#options.onBatch?.({
        ...{ isUrgent: lane.isUrgent, items: items.length, requests: parts.length, waitedSeconds, workedSeconds },
      })
    } catch (error) {
      this.#fail(batch, error)
    } finally {
      this.#running--
      this.#wake()
    }
  }

  #handOut(batch: Batch, results: readonly unknown[]): void {
    let at = 0
    for (const { job, begin, end } of batch.parts) {
      for (let i = begin; i < end; i++) job.results[i] = results[at++]
      job.batches.delete(batch)
      job.missing -= end - begin
      if (job.missing === 0) job.settle()
    }
  }

  /** The text that a run fails on may be another request's. */
  #fail(batch: Batch, error: unknown): void {
    for (const part of batch.parts) {
      part.job.batches.delete(batch)
      if (batch.parts.length === 1) part.job.settle(error)
      else if (!part.job.isSettled) this.#again.push(this.#batchOf(batch.lane, [part], 0))
    }
  }
}

function cancelled(signal: AbortSignal): WorkerError {
  return new WorkerError('CANCELLED', 'The request was cancelled before its texts were embedded.', {
    cause: signal.reason,
  })
}
