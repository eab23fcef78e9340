import { expect, test } from 'vitest'
import { checkWeights, recordedWeights, storeWeights } from '../../../src/pipeline/collection/list-weights.js'
import { MemoryStore } from '../../../src/stores/memory.js'
import type { CollectionConfig } from '../../../src/stores/store.js'
import { MapStore } from '../../stores/map-store.js'

const CONFIG = { vectors: { a: { size: 2, distance: 'Cosine' } }, metadata: { offgrid: 1 } } as CollectionConfig

test.each([
  null,
  [1, 2],
  {},
  { dense: -1 },
  { dense: '2' },
  { dense: Number.NaN },
  { sparse: 1 },
  { dense: 0, bm25: 0, late: 0 },
])('%o is no set of weights', (value) => {
  expect(() => checkWeights('search', value)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
})

test('weights stand in the metadata beside what else is there, and others take their place', async () => {
  const store = new MemoryStore()
  await store.createCollection('docs', CONFIG)
  await storeWeights({ store, collection: 'docs' }, { dense: 1, bm25: 2 })
  await storeWeights({ store, collection: 'docs' }, { bm25: 0.5 })
  const { metadata } = (await store.describeCollection('docs'))!
  expect(recordedWeights(metadata)).toEqual({ bm25: 0.5 })
  expect(metadata).toMatchObject(CONFIG.metadata!)
  expect(recordedWeights({ offgrid_weights: { dense: 'much' } })).toBeUndefined()
})

test('a store that keeps no metadata is not taken for one that does', async () => {
  const store = new MapStore()
  await store.createCollection('docs', CONFIG)
  await expect(storeWeights({ store, collection: 'docs' }, { bm25: 2 })).rejects.toMatchObject({
    code: 'WEIGHTS_NOT_STORED',
  })
})
