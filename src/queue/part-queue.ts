/** What a worker says of a part while it works. */
export interface PartProgress {
  /** Name of the worker. */
  readonly worker: string
  /** Of the part. */
  readonly documents: number
  /** Of the worker, over all its parts of the run. */
  readonly documentsPerSecond: number
  readonly tokensPerSecond: number
}

/** A part, or the end of a run, that nobody else works on as long as its lease is renewed, which goes by itself. */
export interface Taken {
  /** `end`: all parts of the run are done or set aside, and it is to be finished. */
  readonly kind: 'part' | 'end'
  /** Id of the run. */
  readonly run: string
  /** Place among the parts of the run, from 0; 0 for an end. */
  readonly index: number
  /** What it was added with; null for an end. */
  readonly content: unknown
  /** Aborted when the lease was lost: another one has it, and nothing that is said of it counts any more. */
  readonly lost: AbortSignal
  progress(progress: PartProgress): Promise<void>
  /** It is done. @param result plain JSON, kept with the run */
  finish(result: unknown): Promise<void>
  /** It failed, and is tried again later, by anybody. @returns whether it failed so often that it is set aside */
  fail(reason: string): Promise<boolean>
  /** Gives it back as it was: what stopped was not its fault. */
  release(): Promise<void>
}

/** A part that was set aside. */
export interface SetAside {
  readonly index: number
  readonly reason: string
}

/** How a run stands. */
export interface QueuedRunState {
  readonly id: string
  /** What it was added with. */
  readonly content: unknown
  /** `working`: parts are left; `ending`: its end is; `failed`: its end failed too often. */
  readonly state: 'working' | 'ending' | 'done' | 'failed'
  readonly isCancelled: boolean
  readonly parts: {
    readonly total: number
    readonly done: number
    readonly working: number
    readonly waiting: number
    readonly setAside: number
  }
  readonly working: readonly (PartProgress & { readonly index: number })[]
  /** What the parts that are done returned, in no order. */
  readonly results: readonly unknown[]
  readonly setAside: readonly SetAside[]
  /** What its end returned; null before. */
  readonly result: unknown
  /** Why its end failed; null where it did not. */
  readonly failure: string | null
}

/** A run and its parts, as plain JSON. */
export interface NewRun {
  readonly id: string
  readonly content: unknown
  readonly parts: readonly unknown[]
}

/**
 * Hands out the parts of runs, each to one worker at a time, and the end of a run once all its parts are done or set aside. What a worker took and did not
 * finish when its lease ran out goes to another one: a part may be worked on more than once, so its work has to be repeatable.
 *
 * What it has to do is its contract suite (test/queue/part-queue.contract.ts), which a queue in the process judges.
 * All of it throws StoreError `QUEUE_UNREACHABLE` where the queue is elsewhere and away for long.
 */
export interface PartQueue {
  /** Where it is, without secrets. */
  readonly location: string
  /** Adds a run with all its parts, or nothing of it. One of the same id that has ended is replaced. @returns false where one of that id goes on */
  add(run: NewRun): Promise<boolean>
  /** The next thing to do; null where there was nothing for a second or so. */
  take(): Promise<Taken | null>
  /** Ids of runs that go on. */
  openRuns(): Promise<string[]>
  /** Ids of all runs, oldest first: those that go on, and of those that have ended the last {@link KEPT_RUNS} and all that can be tried again and were not cancelled. */
  listRuns(): Promise<string[]>
  /** Null where there is none. */
  describe(run: string): Promise<QueuedRunState | null>
  /** Of all runs together. */
  counts(): Promise<{ readonly working: number; readonly waiting: number; readonly setAside: number }>
  /** Gives out again what was set aside of a run that has ended, or its failed end. @returns how many parts; null where there is nothing to try again */
  retry(run: string): Promise<number | null>
  /**
   * No part of it is given out any more; its end comes when those under way are done with. Of a run that has ended, what was set aside is given up.
   * @returns false where there is nothing to cancel
   */
  cancel(run: string): Promise<boolean>
  close(): Promise<void>
}

/** Runs that have ended and are remembered, whatever became of them. */
export const KEPT_RUNS = 100
/** Tries after which a part is set aside. */
export const PART_TRIES = 3
/** Workers that may die over a part, before it is set aside: a part can be what kills them. */
export const PART_DEATHS = 10
