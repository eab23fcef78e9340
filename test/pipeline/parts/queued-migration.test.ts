import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { importModel } from '../../../src/encoders/models/import-model.js'
import { recipeAsJson } from '../../../src/pipeline/collection/collection-plan.js'
import { planMigration, prepareTarget } from '../../../src/pipeline/migrate/migration-plan.js'
import { planRanges } from '../../../src/pipeline/migrate/point-ranges.js'
import {
  endMigration,
  type MigrationPartResult,
  migratePart,
  type QueuedMigration,
} from '../../../src/pipeline/parts/queued-migration.js'
import { EncoderPool } from '../../../src/pool/encoder-pool.js'
import { ingestSources } from '../../../src/product/ingest-sources.js'
import type { QueuedRunState } from '../../../src/queue/part-queue.js'
import { LocalClient } from '../../../src/stores/local-client/local-client.js'
import { openQdrantStore } from '../../../src/stores/qdrant/qdrant-store.js'
import { writeTinyModel } from '../../encoders/tiny-dense-models.js'
import { QdrantTestServer } from '../../server/qdrant-test-server.js'

const DOCUMENTS = Array.from({ length: 90 }, (_, id) => ({ id, text: `text ${id} of a quick dog`, payload: {} }))
const never = new AbortController().signal

let folder: string
let client: LocalClient
let server: QdrantTestServer

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-queued-migration-'))
  const modelsFolder = join(folder, 'models')
  vi.stubEnv('OFFGRID_MODELS', modelsFolder)
  await importModel(await writeTinyModel(folder, 'static'), { name: 'tiny/old', modelsFolder })
  await importModel(await writeTinyModel(folder, 'static-mapped'), { name: 'tiny/new', modelsFolder })
  client = LocalClient.memory()
  server = await QdrantTestServer.start({ client })
})

afterAll(async () => {
  await server.close()
  await client.close()
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

test('the end of a migration switches aliases only if all parts are done, and can be done again after it has dropped the first collection', async () => {
  const place = { store: { url: server.url }, vectors: ['dense'] as const, workers: 1 }
  await ingestSources(DOCUMENTS, { ...place, collection: 'docs', model: 'tiny/old' })
  await using store = await openQdrantStore({ url: server.url })
  await store.aliases.switch(['live'], 'docs')
  const planned = await planMigration(store, 'docs', 'tiny/new')
  await prepareTarget(store, planned)
  const { source, target, plan, spec } = planned
  const run: QueuedMigration = {
    ...{ kind: 'migration', version: 1, started: new Date().toISOString(), name: 'docs', source, collection: target },
    ...{ sources: [source], records: 90, dropOld: true, location: { kind: 'qdrant', url: server.url }, spec },
    ...{ idField: null, mapping: null, chunking: null, declared: {}, layout: null, errors: null },
    recipe: recipeAsJson(plan),
  }
  await using pool = await EncoderPool.create({ workers: 1 })
  const opened = { store, collection: target, plan, encoder: pool.encoder(plan.spec) }
  const ranges = await planRanges(store, source, 40)
  expect(ranges).toEqual([
    { from: null, to: 40 },
    { from: 40, to: 80 },
    { from: 80, to: null },
  ])
  const results: MigrationPartResult[] = []
  for (const range of ranges) results.push(await migratePart(run, range, opened, {}))
  expect(results.map(({ summary }) => summary.stored)).toEqual([40, 40, 10])
  const stateOf = (setAside: QueuedRunState['setAside'], isCancelled = false): QueuedRunState => ({
    ...{ id: 'run', content: run, state: 'ending', working: [], result: null, failure: null },
    parts: { total: 3, done: 3 - setAside.length, working: 0, waiting: 0, setAside: setAside.length },
    ...{ results, setAside, isCancelled },
  })
  const end = (state: QueuedRunState) => endMigration(run, opened, state, never, Date.now())
  const aliases = async () => Object.fromEntries(await store.aliases.list())

  for (const state of [stateOf([{ index: 1, reason: 'no' }]), stateOf([], true)]) {
    expect(await end(state)).toMatchObject({ switched: [], dropped: false, verified: 0 })
    expect(await aliases()).toEqual({ live: 'docs' })
  }
  const done = { documents: 90, stored: 90, points: 90, dropped: true, interrupted: false }
  expect(await end(stateOf([]))).toMatchObject({ ...done, verified: 32, switched: ['live', 'docs'] })
  expect(await store.listCollections()).toEqual([target])
  const again = await end(stateOf([]))
  expect(again).toMatchObject(done)
  expect([...again.switched].sort()).toEqual(['docs', 'live'])
  expect(await aliases()).toEqual({ live: target, docs: target })
  expect(await store.count('docs')).toBe(90)
})
