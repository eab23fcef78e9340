import { setTimeout as sleep } from 'node:timers/promises'
import type { NewRun, PartProgress, PartQueue, QueuedRunState, SetAside, Taken } from '../../src/queue/part-queue.js'
import { PART_TRIES } from '../../src/queue/part-queue.js'

interface Part {
  readonly index: number
  readonly content: unknown
  state: 'waiting' | 'working' | 'done' | 'aside'
  failures: number
  progress: PartProgress | null
  result: unknown
  reason: string
}

interface Run {
  readonly id: string
  readonly content: unknown
  readonly parts: Part[]
  end: 'none' | 'waiting' | 'working' | 'done' | 'failed'
  endFailures: number
  isCancelled: boolean
  isGivenUp: boolean
  result: unknown
  failure: string | null
}

/** How long nothing may be there before that is said. */
const IDLE_MS = 50

/** A queue in the process, which judges the contract suite. Who took a part lives as long as the queue, so there are no leases. */
export class MemoryQueue implements PartQueue {
  readonly location = 'memory'
  readonly #runs = new Map<string, Run>()

  async add({ id, content, parts }: NewRun): Promise<boolean> {
    const there = this.#runs.get(id)
    if (there !== undefined && !hasEnded(there)) return false
    this.#runs.delete(id)
    const run: Run = {
      id,
      content: copy(content),
      parts: parts.map((part, index) => newPart(index, copy(part))),
      end: parts.length === 0 ? 'waiting' : 'none',
      endFailures: 0,
      isCancelled: false,
      isGivenUp: false,
      result: null,
      failure: null,
    }
    this.#runs.set(id, run)
    return true
  }

  async take(): Promise<Taken | null> {
    for (const run of this.#runs.values()) if (run.end === 'waiting') return takeEnd(run)
    for (const run of this.#runs.values()) {
      const part = run.parts.find(({ state }) => state === 'waiting')
      if (part !== undefined) return takePart(run, part)
    }
    await sleep(IDLE_MS)
    return null
  }

  async openRuns(): Promise<string[]> {
    return [...this.#runs.values()].filter((run) => !hasEnded(run)).map(({ id }) => id)
  }

  async listRuns(): Promise<string[]> {
    return [...this.#runs.keys()]
  }

  async describe(id: string): Promise<QueuedRunState | null> {
    const run = this.#runs.get(id)
    if (run === undefined) return null
    const of = (state: Part['state']) => run.parts.filter((part) => part.state === state)
    return {
      id,
      content: copy(run.content),
      state: run.end === 'none' ? 'working' : run.end === 'done' || run.end === 'failed' ? run.end : 'ending',
      isCancelled: run.isCancelled,
      parts: {
        total: run.parts.length,
        done: of('done').length,
        working: of('working').length,
        waiting: of('waiting').length,
        setAside: of('aside').length,
      },
      working: of('working').flatMap(({ index, progress }) => (progress === null ? [] : [{ index, ...progress }])),
      results: of('done').map(({ result }) => result),
      setAside: of('aside').map(({ index, reason }): SetAside => ({ index, reason })),
      result: run.result,
      failure: run.failure,
    }
  }

  async counts() {
    const parts = [...this.#runs.values()].flatMap((run) => (run.isGivenUp ? [] : run.parts))
    const of = (state: Part['state']) => parts.filter((part) => part.state === state).length
    return { working: of('working'), waiting: of('waiting'), setAside: of('aside') }
  }

  async retry(id: string): Promise<number | null> {
    const run = this.#runs.get(id)
    if (run === undefined || !hasEnded(run)) return null
    const aside = run.parts.filter(({ state }) => state === 'aside')
    if (aside.length === 0 && run.end !== 'failed') return null
    if (run.isGivenUp && aside.length > 0) return null
    for (const part of aside) Object.assign(part, newPart(part.index, part.content))
    Object.assign(run, { end: aside.length === 0 ? 'waiting' : 'none', endFailures: 0, result: null, failure: null })
    return aside.length
  }

  async cancel(id: string): Promise<boolean> {
    const run = this.#runs.get(id)
    if (run === undefined) return false
    if (run.end !== 'none') return giveUp(run)
    run.isCancelled = true
    const kept = run.parts.filter(({ state }) => state !== 'waiting')
    run.parts.splice(0, run.parts.length, ...kept)
    endIfDone(run)
    return true
  }

  async close(): Promise<void> {}
}

function takePart(run: Run, part: Part): Taken {
  part.state = 'working'
  const leave = (changes: Partial<Part>) => {
    Object.assign(part, { progress: null, ...changes })
    // of a run that was cancelled meanwhile nothing is given out again
    if (run.isCancelled && part.state === 'waiting') run.parts.splice(run.parts.indexOf(part), 1)
    endIfDone(run)
  }
  return {
    kind: 'part',
    run: run.id,
    index: part.index,
    content: copy(part.content),
    lost: new AbortController().signal,
    progress: async (progress) => {
      part.progress = progress
    },
    finish: async (result) => leave({ state: 'done', result: copy(result) }),
    fail: async (reason) => {
      const failures = part.failures + 1
      const isAside = failures >= PART_TRIES
      leave({ failures, reason, state: isAside ? 'aside' : 'waiting' })
      return isAside
    },
    release: async () => leave({ state: 'waiting' }),
  }
}

function takeEnd(run: Run): Taken {
  run.end = 'working'
  return {
    kind: 'end',
    run: run.id,
    index: 0,
    content: null,
    lost: new AbortController().signal,
    progress: async () => {},
    finish: async (result) => {
      run.end = 'done'
      run.result = copy(result)
    },
    fail: async (reason) => {
      run.endFailures += 1
      const isLast = run.endFailures >= PART_TRIES
      run.end = isLast ? 'failed' : 'waiting'
      if (isLast) run.failure = reason
      return isLast
    },
    release: async () => {
      run.end = 'waiting'
    },
  }
}

function newPart(index: number, content: unknown): Part {
  return { index, content, state: 'waiting', failures: 0, progress: null, result: null, reason: '' }
}

function endIfDone(run: Run): void {
  if (run.parts.every(({ state }) => state === 'done' || state === 'aside')) run.end = 'waiting'
}

function giveUp(run: Run): boolean {
  const canBeTriedAgain =
    run.end === 'failed' || (run.end === 'done' && run.parts.some(({ state }) => state === 'aside'))
  if (run.isCancelled || !canBeTriedAgain) return false
  Object.assign(run, { isCancelled: true, isGivenUp: true })
  return true
}

function hasEnded({ end }: Run): boolean {
  return end === 'done' || end === 'failed'
}

/** What would come back from another machine. */
function copy(value: unknown): unknown {
  return value === undefined ? null : JSON.parse(JSON.stringify(value))
}
