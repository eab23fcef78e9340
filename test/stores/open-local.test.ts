import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { randomNumbers } from '../../src/scoring/random-numbers.js'
import { MemoryStore } from '../../src/stores/memory.js'
import { openLocalStore } from '../../src/stores/open-local.js'
import type { CollectionConfig, Point, QueryRequest, Store } from '../../src/stores/store.js'
import type { Vector } from '../../src/vectors.js'
import { rows, storeContract } from './store.contract.js'

function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'offgrid-store-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

storeContract('local', async () => {
  const { path, remove } = temporaryFolder()
  const store = await openLocalStore({ path, durability: 'process' })
  return {
    store,
    close: async () => {
      await store.close()
      remove()
    },
  }
})

const CONFIG = {
  vectors: {
    dense: { size: 16, distance: 'Cosine' },
    late: { size: 8, distance: 'Cosine', multivector_config: { comparator: 'max_sim' }, datatype: 'float16' },
  },
  sparse_vectors: { bm25: { modifier: 'idf' } },
} as CollectionConfig

function randomPoints(count: number, seed: number): Point[] {
  const random = randomNumbers(seed)
  const values = (length: number) => Array.from({ length }, () => random() - 0.5)
  return Array.from({ length: count }, (_, i) => {
    const indices = Uint32Array.from(new Set(Array.from({ length: 8 }, () => Math.floor(40 * random())))).sort()
    const vectors: Record<string, Vector> = {
      dense: Float32Array.from(values(16)),
      late: rows(...Array.from({ length: 3 }, () => values(8))),
      bm25: { indices, values: Float64Array.from(indices, () => random()) },
    }
    return { id: i, vectors, payload: { even: i % 2 === 0, number: i } }
  })
}

function hybrid(seed: number): QueryRequest {
  const random = randomNumbers(seed)
  const list = (length: number) => Array.from({ length }, () => random() - 0.5)
  const sparse = { indices: [1, 5, 9, 20], values: [1, 0.5, 2, 1] }
  const prefetch = [
    { query: list(16), using: 'dense', limit: 40 },
    { query: sparse, using: 'bm25', limit: 40 },
  ]
  const late = { prefetch, query: [list(8), list(8)], using: 'late', limit: 40 }
  return { prefetch: [...prefetch, late], query: { fusion: 'dbsf' }, limit: 20, with_payload: true } as QueryRequest
}

describe('a local store', () => {
  test('answers hybrid queries as the memory store does, before and after replacing, deleting and reopening', async () => {
    const { path, remove } = temporaryFolder()
    const memory = new MemoryStore()
    let local: Store = await openLocalStore({ path })
    try {
      const expectSame = async () => {
        for (let seed = 0; seed < 5; seed++) {
          expect(await local.query('points', hybrid(seed))).toEqual(await memory.query('points', hybrid(seed)))
        }
        const all = { limit: 1000, payload: true, vectors: true }
        expect(await local.scroll('points', all)).toEqual(await memory.scroll('points', all))
      }
      const both = async (action: (store: Store) => Promise<void>) => {
        await action(memory)
        await action(local)
      }
      await both((store) => store.createCollection('points', CONFIG))
      await both((store) => store.upsert('points', randomPoints(300, 1)))
      await expectSame()
      await both((store) => store.upsert('points', randomPoints(100, 2)))
      await both((store) => store.delete('points', [3, 5, 250]))
      await expectSame()
      await local.close()
      local = await openLocalStore({ path })
      await expectSame()
    } finally {
      await local.close()
      remove()
    }
  })

  test('finds sparse vectors that come one by one between queries', async () => {
    const { path, remove } = temporaryFolder()
    const memory = new MemoryStore()
    const local = await openLocalStore({ path, durability: 'process' })
    const request = { query: { indices: [1, 5, 9], values: [1, 2, 1] }, using: 'bm25', limit: 50 } as QueryRequest
    for (const store of [memory, local]) await store.createCollection('points', CONFIG)
    for (const point of randomPoints(40, 3)) {
      for (const store of [memory, local]) await store.upsert('points', [point])
      expect(await local.query('points', request)).toEqual(await memory.query('points', request))
    }
    await local.close()
    remove()
  })
})

describe('a local store that is asked whether it is intact', () => {
  test('is until a bit of a vector flips, which a search does not notice', async () => {
    const { path, remove } = temporaryFolder()
    try {
      const store = await openLocalStore({ path, durability: 'process' })
      for (const name of ['kept', 'damaged']) {
        await store.createCollection(name, CONFIG)
        await store.upsert(name, randomPoints(4, 1))
      }
      await store.close()
      const reader: Store = await openLocalStore({ path, readOnly: true })
      await reader.requireIntact!('damaged')
      const table = join(path, 'collections', '000002')
      const file = join(table, readdirSync(table).find((name) => name.includes('dense'))!)
      const bytes = readFileSync(file)
      bytes[0]! ^= 1
      writeFileSync(file, bytes)
      expect(await reader.query('damaged', { query: Array(16).fill(1), using: 'dense' })).toHaveLength(4)
      await expect(reader.requireIntact!('damaged')).rejects.toMatchObject({ code: 'STORE_CORRUPT' })
      await reader.requireIntact!('kept')
      await reader.close()
    } finally {
      remove()
    }
  })
})
