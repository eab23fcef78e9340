import { StoreError } from '../../errors.js'
import type { QueuedRun } from '../../pipeline/parts/queued-run.js'
import type { QueuedSummary } from '../../pipeline/parts/queued-summary.js'
import type { PartQueue } from '../../queue/part-queue.js'
import type { PoolFlags } from '../report/open-reported-pool.js'
import { formatPlace } from '../report/rejection-log.js'
import type { ReportFlags } from '../report/run-report.js'
import { EXIT_CODE } from '../shared/exit-code.js'
import type { StoreFlags } from '../shared/flags.js'
import { interruptible } from '../shared/interrupt.js'
import { countOf, formatDuration, type Terminal } from '../shared/terminal.js'
import { type QueueFlags, withQueue } from './queue-flags.js'
import { workOn } from './work-loop.js'

export interface QueuedFlags extends QueueFlags, PoolFlags, StoreFlags, ReportFlags {
  readonly planOnly?: boolean
}

/** What a command gives to a queue. */
export interface QueuedCommand<Summary extends QueuedSummary> {
  /** What is counted of what is read. */
  readonly noun: string
  /** What the log says of the run. */
  readonly about: object
  /** Puts the parts into the queue. @returns the id of the run, which may have been planned before */
  plan(queue: PartQueue, signal: AbortSignal): Promise<string>
  /** What is told of the run when it has ended: fields of the result, and lines. */
  describe(
    summary: Summary,
    signal: AbortSignal,
  ): Promise<{ readonly fields: object; readonly lines: readonly string[] }>
}

/** Plans a run, and works on its parts until it has ended (or not, with --plan-only). @returns the exit code */
export function runQueued<Summary extends QueuedSummary>(
  command: QueuedCommand<Summary>,
  flags: QueuedFlags,
  terminal: Terminal,
): Promise<number> {
  return withQueue(flags, async (queue) => {
    using interrupt = interruptible(() => terminal.note('stopping; the queue goes on with its other workers'))
    const id = await command.plan(queue, interrupt.signal)
    if (flags.planOnly === true) {
      const { parts, content } = (await queue.describe(id))!
      const { records } = content as QueuedRun
      terminal.result(
        { run: id, parts: parts.total, records },
        `run ${id}: ${countOf(parts.total, 'part')}, ${countOf(records, command.noun)}; work on them: offgrid work --queue ${queue.location}`,
      )
      return EXIT_CODE.done
    }
    const summary = await workUntilEnded<Summary>(id, command, flags, queue, terminal, interrupt.signal)
    if (summary === null) return EXIT_CODE.interrupted
    const { fields, lines } = await command.describe(summary, interrupt.signal)
    const { failed, parts, setAside, seconds } = summary
    for (const { place, code, reason } of summary.rejected)
      terminal.note(`rejected ${formatPlace(place)}: ${reason} [${code}]`)
    const ofParts = [
      `${countOf(parts.done, 'part')} of ${parts.total} in ${formatDuration(seconds)}`,
      ...setAside.map(({ index, reason }) => `part ${index + 1} was set aside: ${reason}`),
      ...(setAside.length > 0 ? [`to try again: offgrid runs retry ${id} --queue ${queue.location}`] : []),
    ]
    terminal.result({ run: id, ...fields, ...summary }, [...lines, ...ofParts].join('\n'))
    return failed > 0 || setAside.length > 0 ? EXIT_CODE.someRejected : EXIT_CODE.done
  })
}

/** @returns null where it was interrupted */
async function workUntilEnded<Summary>(
  id: string,
  { about }: Pick<QueuedCommand<never>, 'about'>,
  flags: QueuedFlags,
  queue: PartQueue,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Summary | null> {
  const isOver = async () => !(await queue.openRuns()).includes(id)
  await workOn(queue, flags, { about: { run: id, ...about }, terminal, signal, isOver })
  if (signal.aborted) {
    terminal.warn(`interrupted: run ${id} goes on with the other workers of ${queue.location}`)
    return null
  }
  const state = (await queue.describe(id))!
  if (state.failure !== null) throw new StoreError('RUN_FAILED', `Run ${id} could not be finished: ${state.failure}`)
  return state.result as Summary
}
