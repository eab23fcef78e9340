import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { importModel } from '../../../src/encoders/models/import-model.js'
import { collectionConfig, planCollection } from '../../../src/pipeline/collection/collection-plan.js'
import type { Rejection } from '../../../src/pipeline/documents/good-documents.js'
import { endDroppedMigration } from '../../../src/pipeline/migrate/end-dropped-migration.js'
import { type Migration, migrateCollection } from '../../../src/pipeline/migrate/migrate-collection.js'
import type { MigrationPlan } from '../../../src/pipeline/migrate/migration-plan.js'
import { planMigration, prepareTarget } from '../../../src/pipeline/migrate/migration-plan.js'
import { EncoderPool } from '../../../src/pool/encoder-pool.js'
import { ingestSources } from '../../../src/product/ingest-sources.js'
import { searchCollection } from '../../../src/product/search-collection.js'
import { METADATA_KEY } from '../../../src/stores/collection-metadata.js'
import { LocalClient } from '../../../src/stores/local-client/local-client.js'
import { openLocalStore } from '../../../src/stores/open-local.js'
import { openQdrantStore } from '../../../src/stores/qdrant/qdrant-store.js'
import type { Store, StoredPoint } from '../../../src/stores/store.js'
import { runCli } from '../../cli/run-cli.js'
import { writeTinyModel } from '../../encoders/tiny-dense-models.js'
import { QdrantTestServer } from '../../server/qdrant-test-server.js'
import { importOldAndNew } from './import-old-and-new.js'

const DOCUMENTS = Array.from({ length: 300 }, (_, id) => ({
  id,
  text: `document ${id} of the quick brown fox and the lazy dog, ${id % 7} times`,
  payload: { year: 1990 + (id % 30) },
}))

let folder: string
let server: QdrantTestServer
let client: LocalClient

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-migrate-'))
  await importOldAndNew(folder)
  client = LocalClient.memory()
  server = await QdrantTestServer.start({ client })
})

afterAll(async () => {
  await server.close()
  await client.close()
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

async function migrate(
  store: Store,
  name: string,
  model: string,
  options: {
    readonly to?: string
    readonly dropOld?: boolean
    readonly stopAfter?: number
    readonly onRejected?: (rejection: Rejection) => void
  } = {},
): Promise<Migration & { readonly migration: MigrationPlan }> {
  const migration = await planMigration(store, name, model, options.to)
  const controller = new AbortController()
  await using pool = await EncoderPool.create({ workers: 1 })
  const result = await migrateCollection(store, migration, pool.encoder(migration.plan.spec), {
    dropOld: options.dropOld === true,
    ...(options.onRejected !== undefined && { onRejected: options.onRejected }),
    signal: controller.signal,
    onProgress: ({ stored }) => {
      if (options.stopAfter !== undefined && stored >= options.stopAfter) controller.abort()
    },
  })
  return { ...result, migration }
}

async function pointsOf(store: Store, collection: string): Promise<StoredPoint[]> {
  const { points } = await store.scroll(collection, { limit: 2000, vectors: true })
  return points
}

describe('another model for a collection', () => {
  test('is that of a fresh ingest, bit for bit; searches of the alias never fail, and the old one stays until it is dropped', async () => {
    const vectors = ['dense', 'bm25'] as const
    const place = { store: { url: server.url }, vectors, workers: 1, chunking: 'none' as const }
    await ingestSources(DOCUMENTS, { ...place, collection: 'docs-v1', model: 'tiny/old' })
    await ingestSources(DOCUMENTS, { ...place, collection: 'fresh', model: 'tiny/new' })
    await using store = await openQdrantStore({ url: server.url })
    await store.createPayloadIndex('docs-v1', 'year', 'integer')
    await store.aliases.switch(['docs', 'docs-too'], 'docs-v1')

    const searches: string[] = []
    let isMigrating = true
    const searching = (async () => {
      while (isMigrating) {
        const [best] = await searchCollection('document 17 of the lazy dog', {
          store: { url: server.url },
          collection: 'docs',
        })
        searches.push(String(best?.documentId))
      }
    })()
    const stopped = await migrate(store, 'docs', 'tiny/new', { to: 'docs-v2', stopAfter: 1 })
    expect(stopped).toMatchObject({ interrupted: true, switched: [] })
    expect((await store.aliases.list()).get('docs')).toBe('docs-v1')
    const done = await migrate(store, 'docs', 'tiny/new', { to: 'docs-v2' })
    isMigrating = false
    await searching
    expect(searches.length).toBeGreaterThan(0)

    expect(done).toMatchObject({ points: 300, verified: 32, failed: 0, switched: ['docs', 'docs-too'], dropped: false })
    expect(done.unchanged).toBeGreaterThan(0)
    expect(done.unchanged + done.stored).toBe(300)
    expect(Object.fromEntries(await store.aliases.list())).toEqual({ docs: 'docs-v2', 'docs-too': 'docs-v2' })
    expect(await pointsOf(store, 'docs-v2')).toEqual(await pointsOf(store, 'fresh'))
    const [found, fresh] = [(await store.describeCollection('docs-v2'))!, (await store.describeCollection('fresh'))!]
    const recipeOf = ({ metadata }: typeof found) => {
      const { mapping: _, ...recipe } = metadata[METADATA_KEY] as Record<string, unknown>
      return recipe
    }
    expect(recipeOf(found)).toEqual(recipeOf(fresh))
    expect(found.payloadSchema.year).toBeDefined()
    expect(found.config.hnsw_config).toEqual(fresh.config.hnsw_config)

    // and back: everything is there
    const back = await migrate(store, 'docs', 'tiny/old', { to: 'docs-v1', dropOld: true })
    expect(back).toMatchObject({ stored: 0, unchanged: 300, dropped: true, switched: ['docs', 'docs-too'] })
    expect(await store.listCollections()).toEqual(['docs-v1', 'fresh'])
  })

  test('follows what is written and deleted meanwhile, and puts an alias in the place of a collection that it drops', async () => {
    const path = join(folder, 'store')
    await ingestSources(DOCUMENTS.slice(0, 50), {
      store: path,
      collection: 'docs',
      vectors: ['dense'],
      model: 'tiny/old',
    })
    const store = await openLocalStore({ path })
    const first = await migrate(store, 'docs', 'tiny/new')
    expect(first).toMatchObject({ points: 50, switched: [], migration: { target: 'docs-new' } })
    await store.delete('docs', [3, 4])
    const [kept] = await store.retrieve('docs', [5], { vectors: true })
    const vectors = kept!.vectors as Record<string, number[]>
    await store.upsert('docs', [{ id: 5, vectors, payload: { document: 'another text' } }])
    await store.upsert('docs', [{ id: 1000, vectors, payload: { document: 'a new one' } }])
    const again = await migrate(store, 'docs', 'tiny/new', { dropOld: true })
    expect(again).toMatchObject({ stored: 2, deleted: 2, points: 49, switched: ['docs'], dropped: true })
    expect(await store.listCollections()).toEqual(['docs-new'])
    const [changed] = await store.retrieve('docs', [5])
    expect(changed!.payload).toEqual({ document: 'another text' })
    await store.close()
  })

  test('one that dies between the drop and the alias is finished by the same command, in a folder and on a server', async () => {
    const texts = DOCUMENTS.slice(0, 20)
    const path = join(folder, 'dying')
    await ingestSources(texts, { store: path, collection: 'docs', vectors: ['dense'], model: 'tiny/old' })
    const dying = await openLocalStore({ path })
    const drop = dying.deleteCollection.bind(dying)
    dying.deleteCollection = async (name) => {
      await drop(name)
      await dying.close()
    }
    await expect(migrate(dying, 'docs', 'tiny/new', { dropOld: true })).rejects.toMatchObject({ code: 'STORE_CLOSED' })
    const command = ['migrate', '--store', path, '--collection', 'docs', '--model', 'tiny/new', '--drop-old', '--json']
    const again = await runCli(command, { cwd: folder })
    expect(again.code, again.stderr).toBe(0)
    const ended = {
      source: 'docs',
      target: 'docs-new',
      model: 'tiny/new',
      points: 20,
      switched: ['docs'],
      dropped: true,
    }
    expect(JSON.parse(again.stdout)).toMatchObject(ended)
    const local = await openLocalStore({ path })
    expect(Object.fromEntries(await local.aliases.list())).toEqual({ docs: 'docs-new' })
    await expect(planMigration(local, 'docs', 'tiny/new')).rejects.toMatchObject({ code: 'NOTHING_TO_MIGRATE' })
    await local.close()

    const place = { store: { url: server.url }, vectors: ['dense'] as const, workers: 1 }
    await ingestSources(texts, { ...place, collection: 'dying', model: 'tiny/old' })
    await using store = await openQdrantStore({ url: server.url })
    let isDropped = false
    server.faults = {
      next: ({ method }) => {
        if (method === 'DELETE') isDropped = true
        return isDropped && method === 'POST' ? { kind: 'status', status: 403 } : null
      },
    }
    await expect(migrate(store, 'dying', 'tiny/new', { to: 'second', dropOld: true })).rejects.toThrow('403')
    server.faults = null
    expect(isDropped).toBe(true)
    expect(await endDroppedMigration(store, 'dying', 'tiny/new'), 'another second collection').toBeNull()
    expect(await endDroppedMigration(store, 'dying', 'tiny/old', 'second'), 'another model').toBeNull()
    expect(await endDroppedMigration(store, 'dyign', 'tiny/new', 'second'), 'another name').toBeNull()
    expect(await endDroppedMigration(store, 'dying', 'tiny/new', 'second')).toMatchObject({ points: 20, dropped: true })
    expect((await store.aliases.list()).get('dying')).toBe('second')
    // what follows does not take the name over
    const { target } = (await migrate(store, 'dying', 'tiny/old', { to: 'third' })).migration
    expect((await store.describeCollection(target))!.metadata).not.toHaveProperty(['offgrid.replaces'])
    for (const name of ['second', 'third']) await store.deleteCollection(name)
  })

  test('is refused where nobody knows how the vectors were made, or the second collection is another', async () => {
    await using store = await openQdrantStore({ url: server.url })
    await store.createCollection('foreign', { vectors: { size: 4, distance: 'Cosine' } })
    await expect(planMigration(store, 'foreign', 'tiny/new')).rejects.toMatchObject({ code: 'COLLECTION_NOT_OURS' })
    await expect(planMigration(store, 'nothing', 'tiny/new')).rejects.toMatchObject({ code: 'COLLECTION_MISSING' })
    await expect(planMigration(store, 'fresh', 'tiny/new')).rejects.toMatchObject({ code: 'NOTHING_TO_MIGRATE' })
    await expect(planMigration(store, 'fresh', 'tiny/unknown')).rejects.toMatchObject({ code: 'UNKNOWN_MODEL' })
    await expect(planMigration(store, 'fresh', 'tiny/old', 'fresh')).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    await expect(migrate(store, 'fresh', 'tiny/old', { to: 'foreign' })).rejects.toMatchObject({
      code: 'COLLECTION_MISMATCH',
    })
    expect(await store.count('foreign')).toBe(0)
  })

  test('keeps chunks as they were cut, and gives whole documents the vectors of a fresh ingest', async () => {
    const sentences = (id: number, count: number) =>
      Array.from({ length: count }, (_, i) => `The quick dog ${(id + i) % 9} jumps over the brown fox.`).join(' ')
    const documents = Array.from({ length: 40 }, (_, id) => ({
      id: `d${id}`,
      text: sentences(id, 1 + (id % 9)),
      payload: {},
    }))
    await using store = await openQdrantStore({ url: server.url })
    for (const overlapTokens of [0, 10]) {
      const chunking = { maxTokens: 22, overlapTokens }
      const place = { store: { url: server.url }, vectors: ['dense', 'bm25'] as const, workers: 1, chunking }
      const name = `cut-${overlapTokens}`
      await ingestSources(documents, { ...place, collection: name, model: 'tiny/old' })
      await ingestSources(documents, { ...place, collection: `${name}-fresh`, model: 'tiny/new' })
      const done = await migrate(store, name, 'tiny/new', { to: `${name}-new` })
      const fresh = await pointsOf(store, `${name}-fresh`)
      expect(done).toMatchObject({ failed: 0, verified: 32, points: fresh.length })
      expect(fresh.length).toBeGreaterThan(100)
      expect(fresh.flatMap(({ vectors }) => Object.keys(vectors as object))).toContain('new-chunk')
      expect(await pointsOf(store, `${name}-new`)).toEqual(fresh)
    }
    const chunking = { maxTokens: 22, overlapTokens: 2, documents: false }
    const passages = await planCollection({ dense: 'tiny/old', sparse: 'Qdrant/bm25' }, { chunking })
    await store.createCollection('passages', collectionConfig(passages))
    const { plan } = await planMigration(store, 'passages', 'tiny/new')
    expect(plan.chunking).toMatchObject({ maxTokens: 22, overlapTokens: 2 })
    expect(plan.vectors.bm25).not.toHaveProperty('documentVector')
  })

  test('a document that changed in one chunk gets its own vector anew, and one that lacks a chunk is left out', async () => {
    await using store = await openQdrantStore({ url: server.url })
    const [source, target] = ['cut-0', 'cut-0-new']
    const all = await pointsOf(store, source)
    const chunkOf = (id: string, chunk: number) =>
      all.find(({ payload }) => payload!.document_id === id && payload!.chunk === chunk)!
    const ownVectorOf = async (id: string) => {
      const [point] = await store.retrieve(target, [chunkOf(id, 0).id], { vectors: ['bm25'] })
      return point?.vectors
    }
    const [before, other] = [await ownVectorOf('d8'), await ownVectorOf('d17')]
    const { id, payload, vectors } = chunkOf('d8', 1)
    const text = String(payload!.document).replaceAll('quick', 'brown')
    await store.upsert(source, [
      { id, vectors: vectors as Record<string, number[]>, payload: { ...payload, document: text } },
    ])
    // one lacks a chunk, and one its first, which counts the others
    await store.delete(source, [chunkOf('d7', 1).id, chunkOf('d16', 0).id])
    const left = all.filter(({ payload }) => ['d7', 'd16'].includes(String(payload!.document_id))).length - 2
    const rejected: string[] = []
    const done = await migrate(store, source, 'tiny/new', {
      ...{ to: target, dropOld: true },
      onRejected: ({ code }) => rejected.push(code),
    })
    expect(left).toBeGreaterThan(4)
    expect(rejected).toEqual(Array.from({ length: left }, () => 'CHUNKS_MISSING'))
    expect(done).toMatchObject({ failed: left, points: all.length - 2 - left, dropped: false })
    expect(await store.count(source)).toBe(all.length - 2)
    const documents = (await pointsOf(store, target)).map(({ payload }) => payload!.document_id)
    expect(documents.filter((name) => name === 'd7' || name === 'd16')).toEqual([])
    expect(await ownVectorOf('d8')).not.toEqual(before)
    expect(await ownVectorOf('d17')).toEqual(other)
  })

  test('an ONNX file takes the place of an int8 model in its own arithmetic, and is refused beside int8 late vectors', async () => {
    const modelsFolder = join(folder, 'models')
    await importModel(await writeTinyModel(folder, 'half'), { name: 'tiny/onnx', modelsFolder })
    await using store = await openQdrantStore({ url: server.url })
    const spec = { dense: 'all-MiniLM-L6-v2', precision: 'int8' } as const
    await store.createCollection('int8', collectionConfig(await planCollection(spec)))
    const { plan } = await planMigration(store, 'int8', 'tiny/onnx')
    expect(plan.spec.precision).toBeUndefined()
    // and back: the collection that is there says how its model worked
    await store.createCollection('onnx', collectionConfig(plan))
    const back = await planMigration(store, 'onnx', 'all-MiniLM-L6-v2', 'int8')
    expect(back.plan.spec.precision).toBe('int8')
    await prepareTarget(store, back)
    const late = { ...spec, late: 'offgrid/all-MiniLM-L6-v2-late' }
    await store.createCollection('int8-late', collectionConfig(await planCollection(late)))
    await expect(planMigration(store, 'int8-late', 'tiny/onnx')).rejects.toThrow('precision int8 needs a checkpoint')
  })

  test('switches nothing where the second collection does not hold the vectors of its texts', async () => {
    await using store = await openQdrantStore({ url: server.url })
    await store.aliases.switch(['live'], 'fresh')
    const { migration } = await migrate(store, 'live', 'tiny/old', { to: 'damaged' })
    await store.aliases.switch(['live'], 'fresh')
    const name = migration.plan.vectors.dense!.vector
    for (const { id, payload, vectors } of await pointsOf(store, 'damaged')) {
      const { [name]: dense, ...others } = vectors as Record<string, number[]>
      await store.upsert('damaged', [
        { id, payload: payload!, vectors: { ...others, [name]: dense!.map((value) => -value) } },
      ])
    }
    await expect(migrate(store, 'live', 'tiny/old', { to: 'damaged' })).rejects.toMatchObject({
      code: 'MIGRATION_UNVERIFIED',
    })
    expect((await store.aliases.list()).get('live')).toBe('fresh')
  })
})
