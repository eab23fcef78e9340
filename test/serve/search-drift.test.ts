import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import type { CollectionPlan } from '../../src/pipeline/collection/collection-plan.js'
import { SearchDrift } from '../../src/serve/search-drift.js'
import { MemoryStore } from '../../src/stores/memory.js'
import type { CollectionConfig, QueryRequest } from '../../src/stores/store.js'

const plan = {
  vectors: { dense: { vector: 'a', model: 'm', checksum: '', dimension: 2 } },
  spec: {},
  idField: null,
  chunking: null,
} as CollectionPlan

/** Every document points to the right. */
async function fill(): Promise<MemoryStore> {
  const store = new MemoryStore()
  const config = { vectors: { a: { size: 2, distance: 'Cosine' } } } as CollectionConfig
  for (const name of ['docs', 'others']) await store.createCollection(name, config)
  await store.upsert('docs', [
    { id: 1, vectors: { a: [1, 0.1] }, payload: {} },
    { id: 2, vectors: { a: [1, -0.1] }, payload: {} },
  ])
  return store
}

async function figures(registry: Registry): Promise<Record<string, number>> {
  const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith('offgrid_'))
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]))
}

test('questions that leave the documents are seen by their similarity and by the scores of their best hits', async () => {
  const store = await fill()
  const registry = new Registry()
  const drift = new SearchDrift(registry)
  const ask = async (query: number[], collection = 'docs') => {
    const request = { query, using: 'a', limit: 5 } as QueryRequest
    drift.searched(collection, plan, [{ request, hits: await store.query(collection, request) }], store)
  }
  await ask([1, 0])
  const labels = '{collection="docs",vector="a"}'
  await expect
    .poll(async () => (await figures(registry))['offgrid_search_query_similarity{collection="docs"}'])
    .toBeCloseTo(1, 5)
  const before = await figures(registry)
  expect(before[`offgrid_search_best_score_count${labels}`]).toBe(1)
  expect(before[`offgrid_search_best_score_sum${labels}`]).toBeCloseTo(1 / Math.hypot(1, 0.1), 5)

  for (let i = 0; i < 3; i++) await ask([0, 1])
  const after = await figures(registry)
  // the mean of one question to the right and three upwards
  expect(after['offgrid_search_query_similarity{collection="docs"}']).toBeCloseTo(1 / Math.hypot(1, 3), 5)
  const sum = (name: string) => after[`${name}${labels}`]! - before[`${name}${labels}`]!
  expect(sum('offgrid_search_best_score_sum') / sum('offgrid_search_best_score_count')).toBeCloseTo(
    0.1 / Math.hypot(1, 0.1),
    5,
  )

  await ask([1, 0], 'others')
  const empty = await figures(registry)
  expect(empty['offgrid_search_empty_lists_total{collection="others",vector="a"}']).toBe(1)
  // a collection without documents has nothing to be like
  expect(empty['offgrid_search_query_similarity{collection="others"}']).toBeUndefined()
})

test('documents are read anew once they have changed', async () => {
  const store = await fill()
  const registry = new Registry()
  const drift = new SearchDrift(registry)
  const request = { query: [1, 0], using: 'a', limit: 5 } as QueryRequest
  const similarity = async () => (await figures(registry))['offgrid_search_query_similarity{collection="docs"}']
  drift.searched('docs', plan, [{ request, hits: [] }], store)
  await expect.poll(similarity).toBeCloseTo(1, 5)
  await store.delete('docs', [1, 2])
  await store.upsert('docs', [{ id: 3, vectors: { a: [0, 1] }, payload: {} }])
  drift.forget()
  drift.searched('docs', plan, [{ request, hits: [] }], store)
  await expect.poll(similarity).toBeCloseTo(0, 5)
})
