import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readDocuments } from '../../src/inputs/read-documents.js'
import { planCollection } from '../../src/pipeline/collection/collection-plan.js'
import { ingest } from '../../src/pipeline/runs/ingest.js'
import { search } from '../../src/pipeline/search/search.js'
import { EncoderPool } from '../../src/pool/encoder-pool.js'
import { MemoryStore } from '../../src/stores/memory.js'
import { openStore, STORE_KINDS, type StoreLocation, storeFolder } from '../../src/stores/open-store.js'
import type { Store } from '../../src/stores/store.js'
import { MapStore } from './map-store.js'
import { storeContract } from './store.contract.js'

/** The one line: what another kind of store needs outside its own file. */
Object.assign(STORE_KINDS, { map: async () => new MapStore() })

const LOCATION = { kind: 'map' } as unknown as StoreLocation

storeContract('throw-away map', async () => {
  const store = await openStore(LOCATION)
  return { store, close: () => store.close() }
})

describe('a kind of store that was registered by one line', () => {
  const DOCUMENTS = ['cats purr and sleep', 'dogs bark at cats', 'the stock market fell', 'a recipe for plum cake']
  let pool: EncoderPool
  beforeAll(async () => {
    pool = await EncoderPool.create({ workers: 1 })
  })
  afterAll(() => pool.close())

  const records = () =>
    readDocuments(['-'], { stdin: Readable.from(DOCUMENTS.map((text, id) => `${JSON.stringify({ id, text })}\n`)) })

  test('takes an ingest, a second one that finds all unchanged, and gives the hits of the memory store', async () => {
    const spec = {
      dense: 'sentence-transformers/all-MiniLM-L6-v2',
      sparse: 'Qdrant/bm25',
      late: 'offgrid/all-MiniLM-L6-v2-late',
    }
    const plan = await planCollection(spec)
    const encoder = pool.encoder(spec)
    const found = async (store: Store) => {
      const opened = { store, collection: 'docs', plan, encoder }
      const upserts: number[] = []
      const first = await ingest(records(), opened, {
        onUpsert: (points) => upserts.push(points),
      })
      expect(first).toMatchObject({ points: DOCUMENTS.length, failed: 0 })
      expect(upserts).toEqual([DOCUMENTS.length])
      expect(await ingest(records(), opened)).toMatchObject({ points: 0, unchanged: 4 })
      const hits = [
        ...(await search(opened, 'a sleeping cat')),
        ...(await search(opened, 'plum cake', { fusion: 'rrf', rerank: true })),
      ]
      return hits.map(({ id, payload, score }) => ({ id, payload, score: score.toFixed(4) }))
    }
    const hits = await found(await openStore(LOCATION))
    expect(hits[0]).toMatchObject({ id: 0 })
    expect(hits).toEqual(await found(new MemoryStore()))
  })

  test('lies in no folder, and a kind that nobody registered is an error that names those that are there', async () => {
    expect(storeFolder(LOCATION)).toBeNull()
    for (const location of [{ kind: 'nope' }, { kind: 'constructor' }, { path: 'store' }]) {
      await expect(openStore(location as unknown as StoreLocation)).rejects.toMatchObject({
        code: 'INVALID_OPTION',
        message: expect.stringMatching(/"local" or "qdrant" or "map"/),
      })
    }
  })
})
