import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { randomNumbers } from '../../../../src/scoring/random-numbers.js'
import { NeighborGraph } from '../../../../src/stores/engine/collection/neighbor-graph.js'
import { EmbeddedStore } from '../../../../src/stores/engine/embedded-store.js'
import { openLocalStorage } from '../../../../src/stores/local/local-storage.js'
import { verifyStore } from '../../../../src/stores/local/verify-store.js'
import type { CollectionConfig, Filter, Point, QueryRequest } from '../../../../src/stores/store.js'
import { MemoryStorage } from '../../../../src/stores/table/storage.js'

const DIMENSION = 32
const POINTS = 5000
const OPTIONS = { approximateFrom: 1000 }

/** Part of the ten nearest that is found, over all queries. */
const LEAST_RECALL = 0.97

const random = randomNumbers(1)
const vector = () => Float32Array.from({ length: DIMENSION }, () => random() - 0.5)
const points: Point[] = Array.from({ length: POINTS }, (_, id) => {
  return { id, vectors: { dense: vector() }, payload: { rest: id % 1000 } }
})
const queries = Array.from({ length: 50 }, vector)

function configOf(distance = 'Cosine', hnsw = {}): CollectionConfig {
  return { vectors: { dense: { size: DIMENSION, distance } }, hnsw_config: hnsw } as CollectionConfig
}

function nearest(query: Float32Array, more: Partial<QueryRequest> = {}): QueryRequest {
  return { query: [...query], using: 'dense', limit: 10, ...more } as QueryRequest
}

async function fill(store: EmbeddedStore, config: CollectionConfig): Promise<void> {
  await store.createCollection('points', config)
  await store.upsert('points', points)
}

async function recall(store: EmbeddedStore, more: Partial<QueryRequest> = {}): Promise<number> {
  let found = 0
  let wanted = 0
  for (const query of queries) {
    const exact = await store.query('points', nearest(query, { ...more, params: { exact: true } }))
    const hits = await store.query('points', nearest(query, more))
    wanted += exact.length
    const scores = new Map(exact.map(({ id, score }) => [id, score]))
    for (const { id, score } of hits) {
      if (!scores.has(id)) continue
      found++
      // what the graph finds has the score that comparing all gives
      expect(score).toBe(scores.get(id))
    }
  }
  return found / wanted
}

/** What the searches of graphs gave: slots, or null where there was nothing to search yet. */
function watchSearches(): () => unknown[] {
  const search = vi.spyOn(NeighborGraph.prototype, 'search')
  return () => search.mock.results.map(({ value }) => value)
}

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'offgrid-graph-'))
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true, force: true })
})

const openLocal = async (readOnly = false) =>
  new EmbeddedStore(await openLocalStorage({ path: folder, durability: 'process', readOnly }), OPTIONS)

describe('the graph of a collection with many points', () => {
  test.each(['Cosine', 'Dot', 'Euclid'])('finds nearly all of the nearest by %s', async (distance) => {
    const store = new EmbeddedStore(new MemoryStorage(), OPTIONS)
    await fill(store, configOf(distance))
    await store.buildIndexes('points')
    const searches = watchSearches()
    expect(await recall(store)).toBeGreaterThanOrEqual(LEAST_RECALL)
    expect(searches().length).toBe(queries.length)
    expect(searches().every((slots) => slots !== null)).toBe(true)
    await store.close()
  })

  test('grows beside the queries, which are exact until it is there', async () => {
    const store = new EmbeddedStore(new MemoryStorage(), OPTIONS)
    await fill(store, configOf())
    const searches = watchSearches()
    expect(await recall(store)).toBe(1)
    expect(searches()).toContain(null)
    await store.buildIndexes('points')
    await store.query('points', nearest(queries[0]!))
    expect(searches().at(-1)).not.toBeNull()
    await store.close()
  })

  test('is used by the next process, too, and knows what was stored and deleted since', async () => {
    const first = await openLocal()
    await fill(first, configOf())
    await first.buildIndexes('points')
    await first.close()
    const store = await openLocal()
    const searches = watchSearches()
    const grow = vi.spyOn(NeighborGraph.prototype, 'grow')
    expect(await recall(store)).toBeGreaterThanOrEqual(LEAST_RECALL)
    const [best] = await store.query('points', nearest(queries[0]!))
    await store.delete('points', [best!.id])
    await store.upsert('points', [{ id: POINTS, vectors: { dense: queries[0]! }, payload: {} }])
    const hits = await store.query('points', nearest(queries[0]!))
    expect(hits[0]!.id).toBe(POINTS)
    expect(hits.map(({ id }) => id)).not.toContain(best!.id)
    expect(searches()).not.toContain(null)
    expect(grow).not.toHaveBeenCalled()
    await store.close()
    expect((await verifyStore(folder)).isIntact).toBe(true)
  })

  test('is found by who only reads', async () => {
    const first = await openLocal()
    await fill(first, configOf())
    await first.buildIndexes('points')
    const reader = await openLocal(true)
    const searches = watchSearches()
    await reader.query('points', nearest(queries[0]!))
    expect(searches()).not.toContain(null)
    await reader.close()
    await first.close()
  })

  test('takes up the points that came later when it is built again', async () => {
    const first = await openLocal()
    await first.createCollection('points', configOf())
    await first.upsert('points', points.slice(0, 3000))
    await first.buildIndexes('points')
    await first.upsert('points', points.slice(3000))
    await first.buildIndexes('points')
    expect(await recall(first)).toBeGreaterThanOrEqual(LEAST_RECALL)
    await first.close()
    const table = join(folder, 'collections', '000001')
    expect(
      readdirSync(table)
        .filter((name) => name.startsWith('graph'))
        .sort(),
    ).toEqual(['graph-0', 'graph-0-5000'])
  })

  test('is made again where its file is damaged', async () => {
    const first = await openLocal()
    await fill(first, configOf())
    await first.buildIndexes('points')
    await first.close()
    const table = join(folder, 'collections', '000001')
    for (const [name, text] of [
      ['graph-0-5000', 'short'],
      ['graph-0', '{'],
    ] as const) {
      writeFileSync(join(table, name), text)
      const store = await openLocal()
      const searches = watchSearches()
      expect(await recall(store)).toBe(1)
      expect(searches()).toContain(null)
      await store.buildIndexes('points')
      expect(await recall(store)).toBeGreaterThanOrEqual(LEAST_RECALL)
      await store.close()
      vi.restoreAllMocks()
    }
  })

  test('a filter that leaves few of its points is answered exactly', async () => {
    const store = new EmbeddedStore(new MemoryStorage(), OPTIONS)
    await fill(store, configOf())
    await store.buildIndexes('points')
    const few: Filter = { must: [{ key: 'rest', match: { value: 7 } }] }
    const hits = await store.query('points', nearest(queries[0]!, { filter: few }))
    expect(hits.map(({ id }) => Number(id) % 1000)).toEqual([7, 7, 7, 7, 7])
    expect(await recall(store, { filter: few })).toBe(1)
    const many: Filter = { must: [{ key: 'rest', range: { gte: 300 } }] }
    expect(await recall(store, { filter: many })).toBeGreaterThanOrEqual(LEAST_RECALL)
    await store.close()
  })

  test('is asked for more where a filter passes few of its points, and every one that passes is found', async () => {
    const store = new EmbeddedStore(new MemoryStorage(), OPTIONS)
    await fill(store, configOf())
    await store.buildIndexes('points')
    const search = vi.spyOn(NeighborGraph.prototype, 'search')
    const some: Filter = { must: [{ key: 'rest', range: { lt: 20 } }] }
    expect(await recall(store, { filter: some })).toBeGreaterThanOrEqual(LEAST_RECALL)
    const counts = search.mock.calls.map(([, count]) => count)
    expect(counts.some((count) => count > counts[0]!)).toBe(true)
    expect(Math.max(...counts)).toBeLessThanOrEqual(4096)
    await store.close()
  })

  test('finds as much where most of its points have been stored again', async () => {
    const store = new EmbeddedStore(new MemoryStorage(), OPTIONS)
    await fill(store, configOf())
    for (let i = 0; i < 3; i++) await store.upsert('points', points)
    await store.buildIndexes('points')
    expect(await recall(store)).toBeGreaterThanOrEqual(LEAST_RECALL)
    await store.close()
  })

  test.each(['memory', 'disk'])('does not lose points that are stored while it grows, in %s', async (place) => {
    const store = place === 'disk' ? await openLocal() : new EmbeddedStore(new MemoryStorage(), OPTIONS)
    await fill(store, configOf())
    const built = store.buildIndexes('points')
    const late = queries.map((dense, i) => ({ id: POINTS + i, vectors: { dense }, payload: {} }))
    for (const point of late) await store.upsert('points', [point])
    await built
    for (const { id, vectors } of late) {
      const [best] = await store.query('points', nearest(vectors.dense))
      expect(best!.id).toBe(id)
    }
    await store.close()
  })

  test('is not asked where `exact` is set, with more candidates where `hnsw_ef` is', async () => {
    const store = new EmbeddedStore(new MemoryStorage(), OPTIONS)
    await fill(store, configOf())
    await store.buildIndexes('points')
    const search = vi.spyOn(NeighborGraph.prototype, 'search')
    await store.query('points', nearest(queries[0]!, { params: { exact: true } }))
    expect(search).not.toHaveBeenCalled()
    await store.query('points', nearest(queries[0]!, { params: { hnsw_ef: 300 } }))
    expect(search.mock.results[0]!.value).toHaveLength(300)
    await store.close()
  })

  test.each([
    ['with `m` 0', configOf('Cosine', { m: 0 })],
    ['by Manhattan', configOf('Manhattan')],
  ])('does not exist %s', async (_, config) => {
    const store = new EmbeddedStore(new MemoryStorage(), OPTIONS)
    await fill(store, config)
    await store.buildIndexes('points')
    const searches = watchSearches()
    expect(await recall(store)).toBe(1)
    expect(searches()).toEqual([])
    await store.close()
  })

  test('closing the store stops its growth', async () => {
    const store = await openLocal()
    await fill(store, configOf())
    const built = store.buildIndexes('points')
    await store.close()
    await built
    expect(readdirSync(join(folder, 'collections', '000001'))).not.toContain('graph-0')
  })
})
