import { WorkerError } from '../../errors.js'
import { RequestRefusal } from '../http/request-refusal.js'
import type { BatchReport, Lane } from './lane.js'
import { Turns, type Waiting } from './turns.js'

export interface WorkQueueOptions {
  /** Batches that are worked on at once: one for each worker. */
  readonly concurrency: number
  /** Tokens of a full batch; a longer item goes alone. */
  readonly batchTokens: number
  /** Tokens that may wait, urgent and other ones each, before more is refused. */
  readonly backlogTokens: number
  /**
   * So long after an urgent request the next one is expected: of several workers one waits for it, and what is not urgent goes in small
   * batches, since it waits for those that are worked on. @default 1000
   */
  readonly watchfulMs?: number
  /** Called after each batch that was done. */
  readonly onBatch?: ((batch: BatchReport) => void) | undefined
}

interface Job extends Waiting {
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
/** Batch of what is not urgent while urgent requests come. */
const WATCHFUL_BATCH_TOKENS = 128
const WATCHFUL_MS = 1_000
/** Tokens of a request that are not refused for those that wait, if they are urgent: as many again may wait of such. */
const SMALL_TOKENS = 256
/** Tokens that a worker does in a second, until it is known. */
const ASSUMED_RATE = 2_000
const MAX_RETRY_SECONDS = 60

/**
 * Gathers the items of concurrent requests into batches by their tokens: while the workers are busy, what waits grows together; an idle
 * worker takes what there is at once, but for one that waits for urgent requests while they come. Requests take turns, by client and by the
 * tokens that each was given; items of one lane share batches, whoever sent them. A request that fails in company is tried again by itself.
 */
export class WorkQueue {
  readonly #options: WorkQueueOptions
  readonly #waiting: Turns<Job>
  readonly #again: Batch[] = []
  readonly #done = { tokens: 0, seconds: 0 }
  #running = 0
  /** Of those, batches of what is not urgent. */
  #runningOther = 0
  #urgentAt = Number.NEGATIVE_INFINITY
  #isWaking = false

  constructor(options: WorkQueueOptions) {
    this.#options = options
    this.#waiting = new Turns(options.batchTokens)
  }

  /** Tokens that wait for a worker, of all clients or of one. */
  waitingTokens(isUrgent: boolean, client?: string): number {
    let tokens = 0
    for (const job of this.#waiting) {
      if (job.isUrgent === isUrgent && (client === undefined || job.client === client)) tokens += job.waitingTokens
    }
    return tokens
  }

  /** Batches under way. */
  get running(): number {
    return this.#running
  }

  /**
   * To be asked before a request is taken. What one request brings may go beyond the limit, so that one larger than it is taken, too. A
   * client of whom less than its part waits is not refused for the others, nor a small request for large ones that wait.
   * @throws RequestRefusal 429 with `retry-after` by the rate of work so far
   */
  requireRoom(isUrgent: boolean, client = '', tokens = Number.POSITIVE_INFINITY): void {
    const waiting = this.waitingTokens(isUrgent)
    const { backlogTokens, concurrency } = this.#options
    const limit = isUrgent && tokens <= SMALL_TOKENS ? 2 * backlogTokens : backlogTokens
    if (waiting < limit) return
    if (this.waitingTokens(isUrgent, client) < limit / Math.max(1, this.#waiting.clients)) return
    const rate = this.#done.seconds === 0 ? ASSUMED_RATE : this.#done.tokens / this.#done.seconds
    const seconds = Math.min(MAX_RETRY_SECONDS, Math.max(1, Math.ceil(waiting / (rate * concurrency))))
    throw RequestRefusal.overloaded(
      `About ${waiting} tokens wait to be embedded, and ${backlogTokens} is the limit: try again in ${seconds} s.`,
      seconds,
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
    client = '',
  ): Promise<Result[]> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(cancelled(signal))
      if (items.length === 0) return resolve([])
      const costs = items.map(tokensOf)
      const job: Job = {
        ...{ client, isUrgent: lane.isUrgent, takenTokens: 0 },
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
      if (lane.isUrgent) this.#urgentAt = performance.now()
      this.#waiting.add(job)
      this.#wake()
    })
  }

  /** Takes what waits of a settled job away, and stops batches that nobody waits for any more. */
  #forget(job: Job): void {
    this.#waiting.delete(job)
    for (const { parts, controller } of job.batches) {
      if (parts.every((part) => part.job.isSettled)) controller.abort()
    }
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

  /** Whether an urgent request may come any moment. */
  get #isWatchful(): boolean {
    return performance.now() - this.#urgentAt < (this.#options.watchfulMs ?? WATCHFUL_MS)
  }

  /** Whether the idle worker is the one that waits for urgent requests while they come. */
  get #isReserved(): boolean {
    const { concurrency } = this.#options
    return concurrency > 1 && this.#runningOther >= concurrency - 1 && this.#isWatchful
  }

  #takeBatch(): Batch | undefined {
    const leader = this.#waiting.next(this.#isReserved)
    if (leader === undefined) return undefined
    const { lane } = leader
    const mayShare = (job: Job) => job.lane.key === lane.key
    const budget = this.#budgetFor(leader, mayShare)
    const taken = new Map<Job, { begin: number; end: number }>()
    let tokens = 0
    for (let job: Job | undefined = leader; job !== undefined; job = this.#waiting.nextWith(leader, mayShare)) {
      const begin = job.next
      const ofTurn = this.#take(job, budget - tokens, tokens === 0)
      if (job.next === begin) break
      tokens += ofTurn
      taken.set(job, { begin: taken.get(job)?.begin ?? begin, end: job.next })
      if (job.next === job.items.length) this.#waiting.delete(job)
    }
    const parts = Array.from(taken, ([job, part]) => ({ job, ...part }))
    return this.#batchOf(lane, parts, tokens)
  }

  /** Takes a turn's items of a job, within what is left of the batch. @returns their tokens */
  #take(job: Job, budget: number, isFirst: boolean): number {
    const limit = Math.min(budget, LEAST_BATCH_TOKENS)
    let tokens = 0
    while (job.next < job.items.length) {
      const cost = job.costs[job.next]!
      // a turn has one item at least, if it still goes into the batch
      const fits = tokens === 0 ? isFirst || cost <= budget : tokens + cost <= limit
      if (!fits) break
      job.next++
      tokens += cost
    }
    job.waitingTokens -= tokens
    this.#waiting.count(job, tokens)
    return tokens
  }

  /** A full batch, or less where the workers that are idle can share what waits, or where an urgent request may come any moment. */
  #budgetFor(leader: Job, mayShare: (job: Job) => boolean): number {
    const { batchTokens, concurrency } = this.#options
    if (!leader.isUrgent && this.#isWatchful) return Math.min(batchTokens, WATCHFUL_BATCH_TOKENS)
    let waiting = 0
    for (const job of this.#waiting) {
      if (job.isUrgent === leader.isUrgent && mayShare(job)) waiting += job.waitingTokens
    }
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
    if (!lane.isUrgent) this.#runningOther++
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
      if (!lane.isUrgent) this.#runningOther--
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
