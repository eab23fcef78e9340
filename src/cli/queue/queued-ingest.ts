import { resolve } from 'node:path'
import type { EncoderSpec } from '../../encoders/open-encoder.js'
import { describeMapping } from '../../inputs/mapping/document-mapping.js'
import { given } from '../../options.js'
import { chunkingOptionsOf } from '../../pipeline/collection/chunking-plan.js'
import { type CollectionPlan, keepsDocumentVectors, recipeAsJson } from '../../pipeline/collection/collection-plan.js'
import { keepRecipe } from '../../pipeline/collection/keep-recipe.js'
import { prepareCollection } from '../../pipeline/collection/prepare-collection.js'
import { resolveCollection } from '../../pipeline/collection/resolve-collection.js'
import type { LoadSummary } from '../../pipeline/parts/load-summary.js'
import { planLoad } from '../../pipeline/parts/plan-load.js'
import { loadId, type QueuedLoad } from '../../pipeline/parts/queued-load.js'
import type { QueuedLocation } from '../../pipeline/parts/queued-run.js'
import type { PartQueue } from '../../queue/part-queue.js'
import { type StoreLocation, withStore } from '../../stores/open-store.js'
import { type IngestFlags, saidOfRecipe } from '../ingest/ingest-options.js'
import { prepareDrop, settleCollection, startsOver } from '../ingest/ingest-target.js'
import { mappingOf, tellNotice, textFieldsOf } from '../ingest/mapping-options.js'
import { countOf, type Terminal } from '../shared/terminal.js'
import { runQueued } from './run-queued.js'

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
export function runQueuedIngest(ingest: QueuedIngest, terminal: Terminal): Promise<number> {
  const { flags, location, plan } = ingest
  const { collection } = flags
  return runQueued<LoadSummary>(
    {
      noun: 'record',
      about: { collection, vectors: plan.vectors },
      plan: (queue, signal) => planRun(ingest, queue, terminal, signal),
      describe: ({ read, stored, unchanged, failed, repeated, merged, points }, signal) =>
        withStore(location, 'write', async (store) => {
          await settleCollection(store, flags, terminal, signal)
          const lines = [
            `${countOf(points, 'point')} stored in collection "${collection}" (${store.location})`,
            `${countOf(read, 'record')} read: ${stored} stored, ${unchanged} unchanged, ${failed} rejected, ${repeated} repeated, ${merged} merged`,
          ]
          return { fields: { collection, store: store.location }, lines }
        }),
    },
    flags,
    terminal,
  )
}

/** The plan with what the collection already does. */
function keepPlan({ flags, location, plan }: QueuedIngest): Promise<CollectionPlan> {
  const { collection } = flags
  return withStore(location, 'write', (store) =>
    keepRecipe({ store, collection, plan }, saidOfRecipe(flags), startsOver(flags)),
  )
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
  const head = {
    ...{ sources, reading, mapping: describeMapping(reading), recipe: recipeAsJson(plan) },
    ...{ cwd: process.cwd(), collection: flags.collection },
  }
  const id = loadId({ ...head, url: open.url })
  if ((await queue.openRuns()).includes(id)) {
    terminal.note(`run ${id} was planned before and goes on`)
    return id
  }
  const isNew = await withStore(location, 'write', async (store) => {
    // what is going to be dropped may be damaged
    if (startsOver(flags)) return true
    return (await store.describeCollection(await resolveCollection(store, flags.collection))) === null
  })
  const found = await planLoad(sources, reading, {
    requireFields: isNew || 'text',
    onNotice: tellNotice(terminal),
    partBytes: PART_BYTES,
    signal,
  })
  if (!found.knowsRepeated)
    terminal.warn('the input is large: of documents with one id late in it, any version may be stored last')
  await withStore({ ...location, loader: `queue-${id}` } as StoreLocation, 'write', async (store) => {
    const collection = await resolveCollection(store, flags.collection)
    const aliases = await (await prepareDrop(store, sources, { ...flags, collection }))?.()
    await prepareCollection({ store, collection, plan }, aliases)
    await store.beginLoad(collection)
  })
  const load: QueuedLoad = {
    ...head,
    kind: 'load',
    version: 1,
    started: new Date().toISOString(),
    textField: textFieldsOf(flags) ?? null,
    location: open as QueuedLocation,
    spec: { ...spec, ...given({ poolFactor: plan.spec.poolFactor }) },
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
