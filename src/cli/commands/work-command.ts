import type { Command } from 'commander'
import { addQueueOption, type QueueFlags, withQueue } from '../queue/queue-flags.js'
import { workOn } from '../queue/work-loop.js'
import { addPoolOptions, type PoolFlags } from '../report/open-reported-pool.js'
import { addReportOptions, type ReportFlags, reportNeed } from '../report/run-report.js'
import { EXIT_CODE } from '../shared/exit-code.js'
import type { StoreFlags } from '../shared/flags.js'
import { refuseIdleOptions } from '../shared/idle-options.js'
import { interruptible } from '../shared/interrupt.js'
import { type CommonFlags, countOf, Terminal } from '../shared/terminal.js'

interface WorkFlags extends CommonFlags, QueueFlags, PoolFlags, ReportFlags, Omit<StoreFlags, 'store' | 'url'> {
  readonly untilEmpty?: boolean
}

export function addWork(command: Command, setExitCode: (code: number) => void): void {
  addQueueOption(command, 'Redis or Valkey that gives out the parts, redis://HOST:PORT (default REDIS_URL)')
    .option('--until-empty', 'end when no run goes on any more (default: stay and wait for others)')
    .option('--api-key-file <file>', "file that holds the server's API key alone (default QDRANT_API_KEY_FILE)")
    .option('--ca-file <file>', "PEM file of the private authority that signed the server's certificate")
  addPoolOptions(command)
  addReportOptions(command)
  command.action(async (flags: WorkFlags) => {
    refuseIdleOptions(command, [reportNeed(flags)])
    setExitCode(await work(flags))
  })
}

function work(flags: WorkFlags): Promise<number> {
  const terminal = new Terminal(flags)
  return withQueue(flags, async (queue) => {
    using interrupt = interruptible(() =>
      terminal.note('stopping: what is encoded is stored, and the part is given back'),
    )
    const { signal } = interrupt
    const isOver = async () => flags.untilEmpty === true && (await queue.openRuns()).length === 0
    const done = await workOn(queue, flags, { about: {}, terminal, signal, isOver })
    if (signal.aborted) return EXIT_CODE.interrupted
    const { parts, documents, points, failed, setAside } = done
    const text = `${countOf(parts, 'part')} done: ${countOf(documents, 'document')}, ${countOf(points, 'point')} stored, ${failed} rejected`
    terminal.result(done, text)
    return failed + setAside > 0 ? EXIT_CODE.someRejected : EXIT_CODE.done
  })
}
