import { expect, test } from 'vitest'
import { describePayloadFields } from '../../../src/pipeline/search/describe-payload-fields.js'
import { MemoryStore } from '../../../src/stores/memory.js'

test('fields with few values and with numbers are told, and ids, texts and what is alike in all points are not', async () => {
  const store = new MemoryStore()
  await store.createCollection('notes', { sparse_vectors: { bm25: {} } })
  const topics = ['heart', 'heart', 'skin', 'skin', 'skin', 'bone']
  const points = topics.map((topic, i) => ({
    id: i + 1,
    vectors: { bm25: { indices: Uint32Array.of(1), values: Float64Array.of(1) } },
    payload: {
      ...{ document: `text ${i}`, topic, tags: ['a', ...(i > 2 ? ['b'] : [])], year: 1990 + 7 * i },
      ...{ isNew: i > 3, source: 'one', qa_id: `id-${i}`, number: i, long: 'word '.repeat(30) },
    },
  }))
  await store.upsert('notes', points)
  const { sampled, fields } = await describePayloadFields(store, 'notes')
  expect(sampled).toBe(6)
  expect(fields).toEqual([
    {
      ...{ name: 'topic', kind: 'values' },
      values: [
        { value: 'skin', count: 3 },
        { value: 'heart', count: 2 },
        { value: 'bone', count: 1 },
      ],
    },
    {
      ...{ name: 'tags', kind: 'values' },
      values: [
        { value: 'a', count: 6 },
        { value: 'b', count: 3 },
      ],
    },
    { name: 'year', kind: 'range', least: 1990, most: 2025 },
    {
      ...{ name: 'isNew', kind: 'values' },
      values: [
        { value: false, count: 4 },
        { value: true, count: 2 },
      ],
    },
  ])
})
