import { InputError } from '../../errors.js'
import type { QueuedRun } from '../../pipeline/parts/queued-run.js'
import { type QueuedSummary, sumParts } from '../../pipeline/parts/queued-summary.js'
import type { QueuedRunState } from '../../queue/part-queue.js'
import { formatPlace } from '../report/rejection-log.js'
import { describeRecipe } from '../shared/describe-recipe.js'
import { type CommonFlags, countOf, formatDuration, formatTable, Terminal } from '../shared/terminal.js'
import { type QueueFlags, requireQueuedRun, withQueue } from './queue-flags.js'

type Flags = CommonFlags & QueueFlags

/** `runs list --queue` */
export function printQueuedRuns(flags: Flags): Promise<void> {
  return withQueue(flags, async (queue) => {
    const runs = []
    for (const id of await queue.listRuns()) {
      const state = await queue.describe(id)
      if (state !== null) runs.push(summarize(state))
    }
    const rows = runs.map(({ id, state, collection, documents, rejected, parts }) => [
      ...[id, state, collection, documents, rejected],
      ...[`${parts.done} of ${parts.total}`, parts.setAside],
    ])
    const header = ['run', 'state', 'collection', 'documents', 'rejected', 'parts', 'set aside']
    new Terminal(flags).result({ runs }, runs.length === 0 ? 'no runs' : formatTable(header, rows))
  })
}

/** `runs show ID --queue` */
export function showQueuedRun(id: string, flags: Flags): Promise<void> {
  return withQueue(flags, async (queue) => {
    const run = await requireQueuedRun(queue, id)
    const summary = summarize(run)
    const { parts, documentsPerSecond: rate, secondsLeft: left } = summary
    const { content, working, setAside, failure } = run
    const rejected = (run.result as QueuedSummary | null)?.rejected ?? []
    const lines = [
      `run         ${id}, a ${content.kind} planned ${content.started}`,
      `state       ${summary.state}${failure === null ? '' : `: ${failure}`}`,
      `sources     ${content.sources.join(', ')}`,
      `collection  ${content.collection} (${content.location.url})`,
      ...describeRecipe(content.recipe).map((line, i) => `${(i === 0 ? 'made with' : '').padEnd(12)}${line}`),
      `parts       ${parts.done} of ${parts.total} done, ${parts.working} working, ${parts.waiting} waiting, ${parts.setAside} set aside`,
      `progress    ${summary.documents} of ${countOf(content.records, content.kind === 'load' ? 'record' : 'point')}, ${summary.rejected} rejected${rate === null ? '' : `, ${rate.toFixed(1)} documents/s`}${left === null ? '' : `, ${formatDuration(left)} left`}`,
      ...byWorker(working).map((own) => {
        const [{ worker, documentsPerSecond, tokensPerSecond }] = own
        const numbers = own.map(({ index }) => index + 1).sort((a, b) => a - b)
        return `working     ${worker}: ${numbers.length === 1 ? 'part' : 'parts'} ${numbers.join(' and ')}, ${documentsPerSecond.toFixed(1)} documents/s, ${Math.round(tokensPerSecond)} tokens/s`
      }),
      ...setAside.map(({ index, reason }) => `set aside   part ${index + 1}: ${reason}`),
      ...rejected.map(({ place, reason, code }) => `rejected    ${formatPlace(place)}: ${reason} [${code}]`),
    ]
    const { kind, sources, recipe, started, records } = content
    const reading = content.kind === 'load' ? content.reading : null
    new Terminal(flags).result(
      { ...summary, kind, sources, recipe, reading, started, records, working, setAside, rejected, result: run.result },
      lines.join('\n'),
    )
  })
}

/** `runs retry ID` */
export function retryQueuedRun(id: string, flags: Flags): Promise<void> {
  return withQueue(flags, async (queue) => {
    await requireQueuedRun(queue, id)
    const parts = await queue.retry(id)
    if (parts === null)
      throw new InputError(
        'RUN_NOT_OPEN',
        `Run ${id} has nothing to try again: it goes on, or no part of it is set aside. See: offgrid runs show ${id} --queue ${queue.location}`,
      )
    const what = parts === 0 ? 'its end is' : countOf(parts, 'part is', 'parts are')
    new Terminal(flags).result({ run: id, parts }, `run ${id}: ${what} given out again`)
  })
}

/** `runs cancel ID` */
export function cancelQueuedRun(id: string, flags: Flags): Promise<void> {
  return withQueue(flags, async (queue) => {
    const { state } = await requireQueuedRun(queue, id)
    if (!(await queue.cancel(id)))
      throw new InputError('RUN_NOT_OPEN', `Run ${id} has ended: there is nothing to cancel.`)
    const isOpen = state === 'working' || state === 'ending'
    new Terminal(flags).result(
      { run: id },
      `run ${id} is cancelled: ${isOpen ? 'parts under way are finished, the others are not begun' : 'what was left to try again is given up'}; what is stored stays`,
    )
  })
}

function summarize(run: QueuedRunState) {
  const { collection, location, records } = run.content as QueuedRun
  const { documents, failed } = sumParts(run.results, ['documents', 'failed'])
  const workingDocuments = run.working.reduce((sum, each) => sum + each.documents, 0)
  const rate = byWorker(run.working).reduce((sum, [{ documentsPerSecond }]) => sum + documentsPerSecond, 0)
  const left = Math.max(0, records - documents - failed - workingDocuments)
  return {
    id: run.id,
    state: stateOf(run),
    collection,
    store: location.url,
    documents: documents + workingDocuments,
    rejected: failed,
    parts: run.parts,
    documentsPerSecond: rate === 0 ? null : rate,
    secondsLeft: rate === 0 ? null : left / rate,
  }
}

/** A run that ended and has parts set aside is no run that is done. */
function stateOf({ isCancelled, state, setAside }: QueuedRunState): string {
  if (isCancelled) return 'cancelled'
  return state === 'done' && setAside.length > 0 ? 'incomplete' : state
}

type Working = QueuedRunState['working'][number]

/** What each worker works on: its rate is in each of its parts. */
function byWorker(working: readonly Working[]): [Working, ...Working[]][] {
  const groups = new Map<string, [Working, ...Working[]]>()
  for (const each of working) {
    const group = groups.get(each.worker)
    if (group === undefined) groups.set(each.worker, [each])
    else group.push(each)
  }
  return [...groups.values()]
}
