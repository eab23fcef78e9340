import { toErrorRecord } from '../../error-record.js'
import type { QueuedSummary } from '../../pipeline/parts/queued-summary.js'
import type { PartQueue, Taken } from '../../queue/part-queue.js'
import type { PoolFlags } from '../report/open-reported-pool.js'
import { type ReportFlags, RunReport } from '../report/run-report.js'
import type { StoreFlags } from '../shared/flags.js'
import { countOf, formatDuration, type Terminal } from '../shared/terminal.js'
import { isWorkersFault, QueueWorker } from './queue-worker.js'

/** What a worker did. */
export interface WorkDone {
  readonly parts: number
  readonly documents: number
  readonly points: number
  readonly failed: number
  /** Parts that failed for the last time here, and ends of runs that say so of parts. */
  readonly setAside: number
  /** Runs that it finished. */
  readonly ended: readonly string[]
}

export interface WorkLoopOptions {
  readonly report: RunReport
  readonly terminal: Terminal
  readonly signal: AbortSignal
  /** Asked when there was nothing to do: whether that is the end. */
  readonly isOver: () => Promise<boolean>
}

/** Parts that are under way at once: one that is read and encoded, and the one before, of which the last texts are encoded and stored. */
const UNDER_WAY = 2

/**
 * Works on a queue as one worker, and reports it.
 * @param options `about` is what the log says of it, besides the queue
 * @throws what {@link workLoop} throws
 */
export async function workOn(
  queue: PartQueue,
  flags: PoolFlags & StoreFlags & ReportFlags,
  { about, ...options }: Omit<WorkLoopOptions, 'report'> & { readonly about: object },
): Promise<WorkDone & { readonly worker: string }> {
  await using report = await RunReport.open(flags, options.terminal, { queue: queue.location, ...about })
  report.watch.readParts = () => queue.counts()
  const worker = new QueueWorker(queue, flags, report)
  try {
    return { worker: worker.name, ...(await workLoop(queue, worker, { ...options, report })) }
  } catch (error) {
    throw report.failed(error)
  } finally {
    await worker.close()
  }
}

/**
 * Takes parts and ends of runs, and does them until it is over or interrupted; a part that is interrupted is given back. The next part is taken when the
 * last texts of one are in the encoder, so that no core waits for the store.
 * @throws what is no part's fault: a model that is not here, a store that is away for long
 */
async function workLoop(queue: PartQueue, worker: QueueWorker, options: WorkLoopOptions): Promise<WorkDone> {
  const { report, terminal, signal, isOver } = options
  const done = { parts: 0, documents: 0, points: 0, failed: 0, setAside: 0, ended: [] as string[] }
  const fault = new AbortController()
  const stopped = AbortSignal.any([signal, fault.signal])
  const underWay = new Set<Promise<void>>()
  let run: string | null = null
  try {
    while (!stopped.aborted) {
      await worker.requireRecipes()
      const taken = await queue.take()
      if (taken === null) {
        if (underWay.size === 0 && (await isOver())) break
        continue
      }
      // the models of one run are open at a time
      if (taken.run !== run) await Promise.all(underWay)
      run = taken.run
      await new Promise<void>((isRead) => {
        const work = doTaken(taken, isRead)
          .catch((error: unknown) => fault.abort(error))
          .finally(() => {
            underWay.delete(work)
            isRead()
          })
        underWay.add(work)
      })
      if (underWay.size >= UNDER_WAY) await Promise.race(underWay)
    }
  } catch (error) {
    fault.abort(error)
  }
  await Promise.all(underWay)
  if (fault.signal.aborted) throw fault.signal.reason
  return done

  async function doTaken(taken: Taken, onRead: () => void): Promise<void> {
    try {
      if (taken.kind === 'end') await doEnd(taken)
      else await doPart(taken, onRead)
    } catch (error) {
      if (isWorkersFault(error)) {
        await taken.release()
        throw error
      }
      if (await failed(taken, error, worker.name, queue.location, report, terminal)) done.setAside += 1
    }
  }

  async function doEnd(taken: Taken): Promise<void> {
    const summary = await worker.doEnd(taken, stopped)
    if (summary === null) return taken.release()
    await taken.finish(summary)
    done.ended.push(taken.run)
    done.setAside += summary.setAside.length
    report.ended({ worker: worker.name, run: taken.run, ...summary })
    terminal.note(describeEnd(taken.run, summary))
  }

  async function doPart(taken: Taken, onRead: () => void): Promise<void> {
    report.part({ worker: worker.name, run: taken.run, part: taken.index, state: 'begun' })
    const result = await worker.doPart(taken, stopped, onRead)
    if (result === null) return taken.release()
    await taken.finish(result)
    const { documents, points, failed, seconds } = result.summary
    done.parts += 1
    done.documents += documents
    done.points += points
    done.failed += failed
    report.part({ worker: worker.name, run: taken.run, part: taken.index, state: 'done', documents, failed, seconds })
    terminal.note(
      `part ${taken.index + 1} of run ${taken.run}: ${countOf(documents, 'document')} in ${formatDuration(seconds)}${failed === 0 ? '' : `, ${failed} rejected`}`,
    )
  }
}

async function failed(
  taken: Taken,
  error: unknown,
  worker: string,
  location: string,
  report: RunReport,
  terminal: Terminal,
) {
  const { code, message } = toErrorRecord(error)
  const isAside = await taken.fail(`${message} [${code}]`)
  const what = taken.kind === 'end' ? 'the end' : `part ${taken.index + 1}`
  const next = isAside
    ? `set aside; to try again: offgrid runs retry ${taken.run} --queue ${location}`
    : 'it is tried again'
  report.part({ worker, run: taken.run, part: taken.index, state: isAside ? 'set aside' : 'failed', code, message })
  terminal.warn(`${what} of run ${taken.run} failed: ${message} [${code}]; ${next}`)
  return isAside
}

/** One line of what a run became. */
export function describeEnd(run: string, { documents, failed, seconds, isCancelled, setAside }: QueuedSummary): string {
  const how = isCancelled ? 'cancelled' : setAside.length > 0 ? 'incomplete' : 'done'
  const aside = setAside.length === 0 ? '' : `, ${countOf(setAside.length, 'part')} set aside`
  return `run ${run} ${how}: ${countOf(documents, 'document')} in ${formatDuration(seconds)}, ${failed} rejected${aside}`
}
