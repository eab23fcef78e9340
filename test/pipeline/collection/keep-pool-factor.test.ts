import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { EncoderSpec } from '../../../src/encoders/open-encoder.js'
import { readDocuments } from '../../../src/inputs/read-documents.js'
import { DEFAULT_CHUNKING } from '../../../src/pipeline/collection/chunking-plan.js'
import {
  collectionConfig,
  fingerprint,
  planCollection,
  recordedPlan,
} from '../../../src/pipeline/collection/collection-plan.js'
import { keepPoolFactor } from '../../../src/pipeline/collection/keep-pool-factor.js'
import { openCollectionPlan } from '../../../src/pipeline/collection/open-collection.js'
import { planMigration } from '../../../src/pipeline/migrate/migration-plan.js'
import { ingest } from '../../../src/pipeline/runs/ingest.js'
import { search } from '../../../src/pipeline/search/search.js'
import { EncoderPool } from '../../../src/pool/encoder-pool.js'
import { MemoryStore } from '../../../src/stores/memory.js'
import { openLocalStore } from '../../../src/stores/open-local.js'
import type { Store } from '../../../src/stores/store.js'
import { openServerStore } from '../../server/open-server-store.js'

const LATE = 'all-MiniLM-L6-v2-late'
const DEFAULTS = {
  dense: 'sentence-transformers/all-MiniLM-L6-v2',
  bm25: 'Qdrant/bm25',
  late: `offgrid/${LATE}`,
}
const SPEC = { dense: DEFAULTS.dense, sparse: DEFAULTS.bm25, late: DEFAULTS.late, precision: 'int8' } as const
const TEXTS = ['Gout swells the big toe overnight.', 'Aspirin.', 'Cartilage of the nose and the ears is inflamed.']

/** As `ingest` plans it. */
const planned = (spec: EncoderSpec) => planCollection(spec, { chunking: DEFAULT_CHUNKING })

let pool: EncoderPool
let folder: string
beforeAll(async () => {
  pool = await EncoderPool.create({ workers: 1 })
  folder = await mkdtemp(join(tmpdir(), 'offgrid-pool-factor-'))
})
afterAll(async () => {
  await pool.close()
  await rm(folder, { recursive: true })
})

type Opened = { readonly store: Store; readonly close: () => Promise<void> }
const STORES: Readonly<Record<string, () => Promise<Opened>>> = {
  'in memory': async () => ({ store: new MemoryStore(), close: async () => {} }),
  'on disk': async () => {
    const store = await openLocalStore({ path: join(folder, 'store'), durability: 'process' })
    return { store, close: () => store.close() }
  },
  'on a server': openServerStore,
}

async function fill(store: Store, poolFactor?: number) {
  const plan = await planned(poolFactor === undefined ? SPEC : { ...SPEC, poolFactor })
  const stdin = Readable.from([TEXTS.map((text, i) => JSON.stringify({ id: i + 1, text })).join('\n')])
  const opened = { store, collection: 'docs', plan, encoder: pool.encoder(plan.spec) }
  await ingest(readDocuments(['-'], { stdin }), opened)
  return plan
}

/** Rows of each text's multivector, in the order of {@link TEXTS}. */
async function rowsOf(store: Store) {
  const { points } = await store.scroll('docs', { limit: 10, vectors: [LATE] })
  const rows = points.map(({ payload, vectors }) => {
    return [payload!.id as number, ((vectors as Record<string, unknown>)[LATE] as unknown[]).length] as const
  })
  return rows.sort(([a], [b]) => a - b).map(([, count]) => count)
}

async function find(store: Store) {
  const plan = await openCollectionPlan(store, 'docs', DEFAULTS)
  const hits = await search({ store, collection: 'docs', plan, encoder: pool.encoder(plan.spec) }, 'swollen toe')
  return hits.map(({ documentId, score, ranks }) => ({ documentId, score: score.toFixed(4), late: ranks.late }))
}

describe('a collection of the bundled late-interaction model', () => {
  test('keeps a row for each four tokens in every store, and is searched alike in all of them', async () => {
    const { tokens } = await pool.encoder({ late: SPEC.late }).encode(TEXTS, 'document')
    const found: unknown[] = []
    for (const open of Object.values(STORES)) {
      const { store, close } = await open()
      const { spec } = await fill(store)
      expect(spec.poolFactor).toBe(4)
      expect(await rowsOf(store)).toEqual([...tokens].map((count) => Math.ceil(count / 4)))
      found.push(await find(store))
      await close()
    }
    expect(found[0]).toHaveLength(TEXTS.length)
    expect(found[0]).toMatchObject([{ documentId: 1, late: 1 }, {}, {}])
    expect(found).toEqual(Array(found.length).fill(found[0]))
  })

  test('that has a row for each token keeps to that, unless another factor is asked for', async () => {
    const store = new MemoryStore()
    const full = await fill(store, 1)
    expect(fingerprint(full)).not.toHaveProperty('poolFactor')
    const rows = await rowsOf(store)
    const plan = await planned(SPEC)
    const kept = await keepPoolFactor({ store, collection: 'docs', plan }, false)
    expect(fingerprint(kept)).toEqual(fingerprint(full))
    expect(await keepPoolFactor({ store, collection: 'docs', plan }, true)).toBe(plan)
    expect(await keepPoolFactor({ store, collection: 'docs', plan }, false, true)).toBe(plan)
    expect(await keepPoolFactor({ store, collection: 'other', plan }, false)).toBe(plan)
    await expect(fill(store)).rejects.toThrow(/poolFactor \(--pool-factor\): found nothing, expected 4/)
    expect(await rowsOf(store)).toEqual(rows)
    expect(await find(store)).toHaveLength(TEXTS.length)
    // a migration keeps everything but the dense model: to the same one it would change nothing
    await expect(planMigration(store, 'docs', DEFAULTS.dense, 'second')).rejects.toMatchObject({
      code: 'NOTHING_TO_MIGRATE',
    })
  })

  test('that another program filled has a row for each token', async () => {
    const store = new MemoryStore()
    const plan = await planned(SPEC)
    const { metadata: _, ...config } = collectionConfig(plan)
    await store.createCollection('docs', config)
    const kept = () => keepPoolFactor({ store, collection: 'docs', plan }, false)
    expect(await kept()).toBe(plan)
    await store.upsert('docs', [{ id: 1, vectors: {}, payload: {} }])
    expect((await kept()).spec.poolFactor).toBe(1)
    expect((await openCollectionPlan(store, 'docs', DEFAULTS)).spec.poolFactor).toBe(1)
  })

  test('says its factor in its recipe, and 1, which is that of other languages, as if nothing was said', async () => {
    const recorded = async (poolFactor?: number) => {
      const plan = await planned(poolFactor === undefined ? SPEC : { ...SPEC, poolFactor })
      return recordedPlan({ metadata: collectionConfig(plan).metadata } as Parameters<typeof recordedPlan>[0])!.spec
    }
    expect(await recorded()).toMatchObject({ poolFactor: 4 })
    expect(await recorded(2)).toMatchObject({ poolFactor: 2 })
    expect(await recorded(1)).not.toHaveProperty('poolFactor')
    // measured on English alone
    const spanish = await planned({ ...SPEC, bm25: { language: 'spanish' } })
    expect(fingerprint(spanish)).not.toHaveProperty('poolFactor')
    expect((await planned({ dense: SPEC.dense })).spec).not.toHaveProperty('poolFactor')
    // whole documents have the rows that FastEmbed gives them
    expect(fingerprint(await planCollection(SPEC))).not.toHaveProperty('poolFactor')
    expect(fingerprint(await planCollection({ ...SPEC, poolFactor: 4 }))).toMatchObject({ poolFactor: 4 })
  })
})
