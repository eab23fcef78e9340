import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { FlowProducer, Job, JobsOptions, Queue, Worker } from 'bullmq'
import type { NewRun, PartProgress, PartQueue, QueuedRunState, Taken } from './part-queue.js'
import { PART_DEATHS, PART_TRIES } from './part-queue.js'
import type { RedisAddress } from './redis-address.js'
import { connectRedis, isOutage } from './redis-connection.js'
import { ENDED, forgetRuns, giveUp, OPEN, type RunData, removeRun } from './redis-ended-runs.js'
import { indexOfPart, jobsOfRun, nextJobId, partId, runOf } from './redis-run-id.js'
import { type LeasedJob, takeJob } from './redis-taken.js'

/** Names of the lists in Redis: `bull:offgrid-parts:wait` is what waits, which autoscalers look at. */
const PARTS = 'offgrid-parts'
const RUNS = 'offgrid-runs'
/** How long nothing may be there before that is said, in seconds. */
const IDLE_SECONDS = 1

export interface RedisQueueOptions {
  /** How long a worker may be silent before its part goes to another, in milliseconds, from 1000. @default 30000 */
  readonly leaseMs?: number
  /** How long to wait for the first answer, in milliseconds. @default 10000 */
  readonly firstAnswerMs?: number
}

interface PartData {
  readonly run: string
  readonly index: number
  readonly content: unknown
}

const TRIES: JobsOptions = { attempts: PART_TRIES, backoff: { type: 'exponential', delay: 1000 } }

/**
 * A queue in Redis or Valkey, by BullMQ: leases, what happens when they run out, tries again and the step after the last part are its own.
 * A run is a job whose children are its parts.
 */
export class RedisQueue implements PartQueue {
  readonly location: string
  readonly #connection: import('ioredis').Redis
  readonly #parts: Queue
  readonly #runs: Queue
  readonly #flows: FlowProducer
  readonly #partWorker: Worker
  readonly #endWorker: Worker
  readonly #leaseMs: number
  readonly #leased = new Set<LeasedJob>()
  #isWorking = false

  private constructor(
    { location }: RedisAddress,
    { Queue, FlowProducer, Worker }: typeof import('bullmq'),
    connection: import('ioredis').Redis,
    { leaseMs = 30_000 }: RedisQueueOptions,
  ) {
    this.location = location
    this.#connection = connection
    this.#leaseMs = leaseMs
    this.#parts = new Queue(PARTS, { connection })
    this.#runs = new Queue(RUNS, { connection })
    this.#flows = new FlowProducer({ connection })
    const options = {
      connection,
      autorun: false,
      name: `${hostname()}:${process.pid}`,
      lockDuration: leaseMs,
      stalledInterval: Math.ceil(leaseMs / 2),
      maxStalledCount: PART_DEATHS,
      drainDelay: IDLE_SECONDS,
    }
    this.#partWorker = new Worker(PARTS, null, options)
    this.#endWorker = new Worker(RUNS, null, options)
    // an outage is seen by whoever waits for an answer
    const all: readonly { on(event: 'error', listener: () => void): unknown }[] = this.#all
    for (const each of all) each.on('error', () => {})
  }

  get #all() {
    return [this.#partWorker, this.#endWorker, this.#parts, this.#runs, this.#flows]
  }

  /** @throws StoreError `QUEUE_UNREACHABLE`, `QUEUE_REFUSED`; InputError `QUEUE_PACKAGE_MISSING` */
  static async open(address: RedisAddress, options: RedisQueueOptions = {}): Promise<RedisQueue> {
    const { bullmq, connection } = await connectRedis(address, options.firstAnswerMs)
    return new RedisQueue(address, bullmq, connection, options)
  }

  async add({ id, content, parts }: NewRun): Promise<boolean> {
    if ((await this.openRuns()).includes(id)) return false
    for (const job of await this.#jobIds(id)) await removeRun(this.#runs, this.#parts, job)
    const entries = parts.map((part, index) => [index, part] as const)
    await this.#addFlow(id, { content, total: parts.length, isCancelled: false, earlier: [] }, entries)
    return true
  }

  /** The jobs of a run, the latest first: the others are of earlier tries, and were to be removed. */
  async #jobIds(run: string): Promise<string[]> {
    return jobsOfRun(await this.#runs.getRanges([...OPEN, ...ENDED], 0, -1), run)
  }

  async #jobOf(run: string): Promise<Job | undefined> {
    const [latest] = await this.#jobIds(run)
    return latest === undefined ? undefined : this.#runs.getJob(latest)
  }

  /** One transaction: a planner that dies leaves all of a run or nothing. */
  async #addFlow(jobId: string, data: RunData, parts: readonly (readonly [index: number, content: unknown])[]) {
    await this.#flows.add({
      name: 'end',
      queueName: RUNS,
      data,
      opts: { jobId, ...TRIES },
      children: parts.map(([index, part]) => ({
        name: 'part',
        queueName: PARTS,
        data: { run: runOf(jobId), index, content: part } satisfies PartData,
        // what it returns stays with the run
        opts: { jobId: partId(jobId, index), ...TRIES, ignoreDependencyOnFailure: true, removeOnComplete: true },
      })),
    })
  }

  async take(): Promise<Taken | null> {
    if (!this.#isWorking) {
      this.#isWorking = true
      await Promise.all([this.#partWorker.startStalledCheckTimer(), this.#endWorker.startStalledCheckTimer()])
    }
    const token = randomUUID()
    const end = await this.#next(this.#endWorker, token, false)
    if (end !== null) return this.#takenEnd(end, token)
    const part = await this.#next(this.#partWorker, token, true)
    if (part === null) return null
    const { run, index, content } = part.data as PartData
    // a part that comes again may be of a run that was cancelled meanwhile
    if (part.stalledCounter > 0 || part.attemptsMade > 0) {
      const job = await this.#jobOf(run)
      if ((job?.data as RunData | undefined)?.isCancelled !== false) {
        await part.moveToCompleted(null, token, false)
        return null
      }
    }
    return this.#taken('part', part, token, run, index, content)
  }

  /** A job that can be worked on; those of which too many workers died are set aside on the way. */
  async #next(worker: Worker, token: string, block: boolean): Promise<Job | null> {
    try {
      const job = await worker.getNextJob(token, { block })
      if (!job?.deferredFailure) return job ?? null
      job.opts.attempts = 0
      await job.moveToFailed(new Error(`its workers died ${PART_DEATHS + 1} times (${job.deferredFailure})`), token)
      return null
    } catch (error) {
      if (!isOutage(error)) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
      return null
    }
  }

  #taken(kind: Taken['kind'], job: Job, token: string, run: string, index: number, content: unknown): Taken {
    const leased = takeJob(job, token, this.#leaseMs, (ended) => this.#leased.delete(ended))
    this.#leased.add(leased)
    return { kind, run, index, content, ...leased.calls }
  }

  #takenEnd(job: Job, token: string): Taken {
    const taken = this.#taken('end', job, token, runOf(job.id!), 0, null)
    const finish = async (result: unknown) => {
      await taken.finish(result)
      // the run has ended all the same; what is not forgotten now is at the next end
      await forgetRuns(this.#runs, this.#parts).catch(() => {})
    }
    return { ...taken, finish }
  }

  async openRuns(): Promise<string[]> {
    return (await this.#runs.getRanges(OPEN, 0, -1)).map(runOf)
  }

  async listRuns(): Promise<string[]> {
    const jobs = await this.#runs.getJobs([...OPEN, ...ENDED], 0, -1)
    return [...new Set(jobs.sort((a, b) => a.timestamp - b.timestamp).map(({ id }) => runOf(id!)))]
  }

  async describe(id: string): Promise<QueuedRunState | null> {
    const job = await this.#jobOf(id)
    if (job === undefined) return null
    const { content, total, isCancelled, earlier } = job.data as RunData
    const [state, values, ignored, counts, active] = await Promise.all([
      job.getState(),
      job.getChildrenValues(),
      job.getIgnoredChildrenFailures(),
      job.getDependenciesCount({ unprocessed: true }),
      this.#parts.getActive(),
    ])
    const own = active.filter(({ data }) => (data as PartData | undefined)?.run === id)
    const results = [...earlier, ...Object.values(values).filter((value) => value !== null)]
    const setAside = Object.entries(ignored).map(([key, reason]) => ({ index: indexOfPart(key), reason }))
    const left = counts.unprocessed ?? 0
    return {
      id,
      content,
      state: RUN_STATES[state] ?? 'ending',
      isCancelled,
      parts: {
        total,
        done: results.length,
        working: Math.min(left, own.length),
        waiting: Math.max(0, left - own.length),
        setAside: setAside.length,
      },
      working: own.flatMap(({ data, progress }) =>
        typeof progress === 'object' ? [{ index: (data as PartData).index, ...(progress as PartProgress) }] : [],
      ),
      results,
      setAside: setAside.sort((a, b) => a.index - b.index),
      result: job.returnvalue ?? null,
      failure: state === 'failed' ? job.failedReason : null,
    }
  }

  async counts() {
    const { active = 0, failed = 0, ...waiting } = await this.#parts.getJobCounts('active', 'failed', 'wait', 'delayed')
    return { working: active, setAside: failed, waiting: (waiting.wait ?? 0) + (waiting.delayed ?? 0) }
  }

  async retry(id: string): Promise<number | null> {
    const job = await this.#jobOf(id)
    const state = await this.describe(id)
    if (job === undefined || state === null || (state.state !== 'done' && state.state !== 'failed')) return null
    if (state.setAside.length === 0) {
      if (state.state !== 'failed') return null
      await job.retry('failed', { resetAttemptsMade: true })
      return 0
    }
    const parts: (readonly [number, unknown])[] = []
    for (const { index } of state.setAside) {
      const part = await this.#parts.getJob(partId(job.id!, index))
      if (part !== undefined) parts.push([index, (part.data as PartData).content])
    }
    if (parts.length === 0) return null
    const data = { ...(job.data as RunData), isCancelled: false, earlier: state.results }
    const next = nextJobId(job.id!)
    await this.#addFlow(next, data, parts)
    for (const each of await this.#jobIds(id)) if (each !== next) await removeRun(this.#runs, this.#parts, each)
    return parts.length
  }

  async cancel(id: string): Promise<boolean> {
    const job = await this.#jobOf(id)
    if (job === undefined) return false
    if (!(await job.isWaitingChildren())) return giveUp(this.#parts, job)
    await job.updateData({ ...(job.data as RunData), isCancelled: true })
    await job.removeUnprocessedChildren()
    return true
  }

  async close(): Promise<void> {
    for (const leased of this.#leased) leased.stop()
    await Promise.all(this.#all.map((each) => each.close().catch(() => {})))
    this.#connection.disconnect()
  }
}

/** How a run stands by the state of its job; in any other its end is under way. */
const RUN_STATES: Readonly<Record<string, QueuedRunState['state']>> = {
  completed: 'done',
  failed: 'failed',
  'waiting-children': 'working',
}
