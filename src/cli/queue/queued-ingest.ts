import { resolve } from 'node:path'
import type { EncoderSpec } from '../../encoders/open-encoder.js'
import { StoreError } from '../../errors.js'
import { chunkingOptionsOf } from '../../pipeline/collection/chunking-plan.js'
import { type CollectionPlan, fingerprint, keepsDocumentVectors } from '../../pipeline/collection/collection-plan.js'
import { keepChunking } from '../../pipeline/collection/keep-chunking.js'
import { prepareCollection } from '../../pipeline/collection/prepare-collection.js'
import type { LoadSummary } from '../../pipeline/parts/load-summary.js'
import { planLoad } from '../../pipeline/parts/plan-load.js'
import { type LoadLocation, loadId, type QueuedLoad } from '../../pipeline/parts/queued-load.js'
import type { PartQueue } from '../../queue/part-queue.js'
import { openStore, type StoreLocation } from '../../stores/open-store.js'
import type { Store } from '../../stores/store.js'
import { type IngestFlags, saidOfChunks } from '../ingest/ingest-options.js'
import { prepareDrop, settleCollection, startsOver } from '../ingest/ingest-target.js'
import { mappingOf, tellNotice, textFieldsOf } from '../ingest/mapping-options.js'
import { formatPlace } from '../report/rejection-log.js'
import { RunReport } from '../report/run-report.js'
import { EXIT_CODE } from '../shared/exit-code.js'
import { interruptible } from '../shared/interrupt.js'
import { countOf, formatDuration, type Terminal } from '../shared/terminal.js'
import { LoadWorker } from './load-worker.js'
import { openQueue } from './queue-flags.js'
import { workLoop } from './work-loop.js'

/** What an ingest by queue was asked to do. */
export interface QueuedIngest {
  readonly sources: readonly string[]
  readonly flags: IngestFlags
  readonly location: StoreLocation
  /** What the vectors are made of, as it was asked for: every worker makes its own plan of it. */
  readonly spec: EncoderSpec
  readonly plan: CollectionPlan
}

/** Plans a load, puts its parts into the queue, and works on them until the run has ended (or not, with --plan-only). @returns the exit code */
export async function runQueuedIngest(ingest: QueuedIngest, terminal: Terminal): Promise<number> {
  const { flags } = ingest
  const queue = await openQueue(flags)
  const interrupt = interruptible(() => terminal.note('stopping; the queue goes on with its other workers'))
  try {
    const id = await planRun(ingest, queue, terminal, interrupt.signal)
    if (flags.planOnly === true) {
      const { parts, content } = (await queue.describe(id))!
      const { records } = content as QueuedLoad
      terminal.result(
        { run: id, parts: parts.total, records },
        `run ${id}: ${countOf(parts.total, 'part')}, ${countOf(records, 'record')}; work on them: offgrid work --queue ${queue.location}`,
      )
      return EXIT_CODE.done
    }
    return await workUntilEnded(id, ingest, queue, terminal, interrupt.signal)
  } finally {
    interrupt.dispose()
    await queue.close()
  }
}

/** The plan with what the collection already does with long documents. */
async function keepPlan({ flags, location, plan }: QueuedIngest): Promise<CollectionPlan> {
  const store = await openStore(location)
  try {
    return await keepChunking({ store, collection: flags.collection, plan }, saidOfChunks(flags), startsOver(flags))
  } finally {
    await store.close()
  }
}

/** @returns the id of the run, which may have been planned before */
async function planRun(
  ingest: QueuedIngest,
  queue: PartQueue,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<string> {
  const { sources, flags, location, spec } = ingest
  const plan = await keepPlan(ingest)
  const { chunking } = plan
  const reading = mappingOf(flags)
  const { apiKey, apiKeyFile, caFile, ...open } = location as Extract<StoreLocation, { kind: 'qdrant' }>
  const recipe = JSON.parse(JSON.stringify(fingerprint(plan))) as Record<string, unknown>
  const head = { sources, reading, recipe, cwd: process.cwd(), collection: flags.collection }
  const id = loadId({ ...head, url: open.url })
  if ((await queue.openRuns()).includes(id)) {
    terminal.note(`run ${id} was planned before and goes on`)
    return id
  }
  const found = await planLoad(sources, reading, {
    onNotice: tellNotice(terminal),
    partBytes: PART_BYTES,
    signal,
  })
  if (!found.knowsRepeated)
    terminal.warn('the input is large: of documents with one id late in it, any version may be stored last')
  const store = await openStore({ ...location, loader: `queue-${id}` } as StoreLocation)
  try {
    await (await prepareDrop(store, sources, flags))?.()
    await prepareCollection({ store, collection: flags.collection, plan })
    await store.beginLoad(flags.collection)
  } finally {
    await store.close()
  }
  const load: QueuedLoad = {
    ...head,
    version: 1,
    started: new Date().toISOString(),
    textField: textFieldsOf(flags) ?? null,
    location: open as LoadLocation,
    spec,
    idField: plan.idField,
    chunking: chunking && { ...chunkingOptionsOf(chunking), documents: keepsDocumentVectors(plan) },
    declared: plan.declared ?? {},
    layout: plan.layout ?? null,
    records: found.records,
    repeated: found.repeated,
    errors: flags.errors === undefined ? null : resolve(flags.errors),
  }
  if (!(await queue.add({ id, content: load, parts: found.parts })))
    terminal.note(`run ${id} was planned by another at the same time, and goes on`)
  return id
}

/** Bytes of a part, for tests of small inputs. */
const PART_BYTES = Number(process.env.OFFGRID_PART_BYTES) || undefined

async function workUntilEnded(
  id: string,
  { flags, location, plan }: QueuedIngest,
  queue: PartQueue,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<number> {
  await using report = await RunReport.open(flags, terminal, {
    queue: queue.location,
    run: id,
    collection: flags.collection,
    vectors: plan.vectors,
  })
  report.watch.readParts = () => queue.counts()
  const worker = new LoadWorker(queue, flags, report)
  try {
    const isOver = async () => !(await queue.openRuns()).includes(id)
    await workLoop(queue, worker, { report, terminal, signal, isOver })
  } catch (error) {
    report.failed(error)
    throw error
  } finally {
    await worker.close()
  }
  if (signal.aborted) {
    terminal.warn(`interrupted: run ${id} goes on with the other workers of ${queue.location}`)
    return EXIT_CODE.interrupted
  }
  const state = (await queue.describe(id))!
  if (state.failure !== null) throw new StoreError('RUN_FAILED', `Run ${id} could not be finished: ${state.failure}`)
  const summary = state.result as LoadSummary
  const store: Store = await openStore(location)
  try {
    await settleCollection(store, flags, terminal, signal)
    return printLoadSummary(id, summary, flags.collection, store.location, terminal)
  } finally {
    await store.close()
  }
}

/** @returns the exit code */
function printLoadSummary(
  run: string,
  summary: LoadSummary,
  collection: string,
  store: string,
  terminal: Terminal,
): number {
  const { read, stored, unchanged, failed, repeated, merged, points, seconds, parts, setAside, rejected } = summary
  const lines = [
    `${countOf(points, 'point')} stored in collection "${collection}" (${store})`,
    `${countOf(read, 'record')} read: ${stored} stored, ${unchanged} unchanged, ${failed} rejected, ${repeated} repeated, ${merged} merged`,
    `${countOf(parts.done, 'part')} of ${parts.total} in ${formatDuration(seconds)}`,
    ...setAside.map(({ index, reason }) => `part ${index + 1} was set aside: ${reason}`),
    ...(setAside.length > 0 ? [`to try again: offgrid runs retry ${run} --queue URL`] : []),
  ]
  for (const { place, code, reason } of rejected) terminal.note(`rejected ${formatPlace(place)}: ${reason} [${code}]`)
  terminal.result({ run, collection, store, ...summary }, lines.join('\n'))
  return failed > 0 || setAside.length > 0 ? EXIT_CODE.someRejected : EXIT_CODE.done
}
