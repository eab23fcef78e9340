import { describe, expect, test } from 'vitest'
import { isInferenceObject } from '../../src/inference/inference-object.js'
import {
  type MapVectors,
  mapQuery,
  mapQueryBatch,
  mapUpdate,
  mapUpdateBatch,
} from '../../src/inference/vector-places.js'

/** A text object that says which vector is expected in its place. */
const text = (name: string) => ({ text: name, model: 'm' })

function freezeDeep<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.freeze(value)
    for (const each of Object.values(value)) freezeDeep(each)
  }
  return value
}

/** The request with `<name>` in the place of each text object; the request itself is frozen all the way down. */
function mapTexts(map: MapVectors, request: object): unknown {
  return map(freezeDeep(request), (value) => (isInferenceObject(value) ? `<${String(value.text)}>` : value))
}

describe('updates', () => {
  test('a text stands as the bare vector of a point or in a map of named ones, beside vectors', () => {
    const sparse = { indices: [1], values: [2] }
    const request = {
      wait: true,
      points: [
        { id: 1, vector: text('a'), payload: text('not a vector') },
        { id: 2, vector: { dense: text('b'), sparse, late: [[1, 2]] } },
      ],
    }
    expect(mapTexts(mapUpdate, request)).toEqual({
      wait: true,
      points: [
        { id: 1, vector: '<a>', payload: text('not a vector') },
        { id: 2, vector: { dense: '<b>', sparse, late: [[1, 2]] } },
      ],
    })
  })

  test('a text stands in the list or in the named lists of a batch', () => {
    expect(mapTexts(mapUpdate, { batch: { ids: [1, 2], vectors: [text('a'), [1, 2]] } })).toEqual({
      batch: { ids: [1, 2], vectors: ['<a>', [1, 2]] },
    })
    expect(
      mapTexts(mapUpdate, { batch: { ids: [1], vectors: { x: [text('a')], y: [{ indices: [], values: [] }] } } }),
    ).toEqual({ batch: { ids: [1], vectors: { x: ['<a>'], y: [{ indices: [], values: [] }] } } })
  })

  test('a vector named text, image or model is a vector', () => {
    const request = { points: [{ id: 1, vector: { text: [1], image: [2], model: text('a'), object: text('b') } }] }
    expect(mapTexts(mapUpdate, request)).toEqual({
      points: [{ id: 1, vector: { text: [1], image: [2], model: '<a>', object: '<b>' } }],
    })
  })

  test('a text stands in the upserts and vector updates of a batch of operations, and nowhere else', () => {
    const request = {
      operations: [
        { upsert: { points: [{ id: 1, vector: text('a') }] } },
        { upsert: { batch: { ids: [2], vectors: [text('b')] } } },
        { update_vectors: { points: [{ id: 3, vector: { v: text('c') } }] } },
        { set_payload: { payload: { note: text('d') }, points: [1] } },
      ],
    }
    expect(mapTexts(mapUpdateBatch, request)).toEqual({
      operations: [
        { upsert: { points: [{ id: 1, vector: '<a>' }] } },
        { upsert: { batch: { ids: [2], vectors: ['<b>'] } } },
        { update_vectors: { points: [{ id: 3, vector: { v: '<c>' } }] } },
        { set_payload: { payload: { note: text('d') }, points: [1] } },
      ],
    })
  })
})

describe('queries', () => {
  test.each([
    [text('a'), '<a>'],
    [
      { nearest: text('a'), mmr: { diversity: 0.5 } },
      { nearest: '<a>', mmr: { diversity: 0.5 } },
    ],
    [
      { recommend: { positive: [text('a'), 7], negative: [text('b')], strategy: 'best_score' } },
      { recommend: { positive: ['<a>', 7], negative: ['<b>'], strategy: 'best_score' } },
    ],
    [
      { discover: { target: text('a'), context: { positive: text('b'), negative: 3 } } },
      { discover: { target: '<a>', context: { positive: '<b>', negative: 3 } } },
    ],
    [
      { discover: { target: 'uuid', context: [{ positive: [1], negative: text('b') }] } },
      { discover: { target: 'uuid', context: [{ positive: [1], negative: '<b>' }] } },
    ],
    [{ context: { positive: text('a'), negative: text('b') } }, { context: { positive: '<a>', negative: '<b>' } }],
    [{ context: [{ positive: text('a'), negative: 1 }] }, { context: [{ positive: '<a>', negative: 1 }] }],
    [
      { relevance_feedback: { target: text('a'), feedback: [{ example: text('b'), score: 1 }], strategy: {} } },
      { relevance_feedback: { target: '<a>', feedback: [{ example: '<b>', score: 1 }], strategy: {} } },
    ],
  ])('%j', (query, expected) => {
    expect(mapTexts(mapQuery, { query, limit: 3 })).toEqual({ query: expected, limit: 3 })
  })

  test('a text stands in prefetches of any depth, one or many, and in each search of a batch', () => {
    const search = {
      prefetch: { query: text('a'), prefetch: [{ query: text('b') }, { prefetch: { query: { nearest: text('c') } } }] },
      query: { fusion: 'rrf' },
    }
    const expected = {
      prefetch: { query: '<a>', prefetch: [{ query: '<b>' }, { prefetch: { query: { nearest: '<c>' } } }] },
      query: { fusion: 'rrf' },
    }
    expect(mapTexts(mapQuery, search)).toEqual(expected)
    expect(mapTexts(mapQueryBatch, { searches: [search, { query: 1 }] })).toEqual({
      searches: [expected, { query: 1 }],
    })
  })

  test('filters and formulas are not looked into', () => {
    const request = {
      query: { formula: { sum: ['$score', text('a')] } },
      filter: { must: [{ key: 'k', match: text('b') }] },
    }
    expect(mapTexts(mapQuery, request)).toEqual(request)
  })
})

test('a request is the same object where nothing changed, and so are its unchanged parts', () => {
  const plain = { id: 1, vector: { v: [1, 2] }, payload: { deep: { list: [1] } } }
  const request = freezeDeep({ points: [plain, { id: 2, vector: text('a') }] })
  const mapped = mapUpdate(request, (value) => (isInferenceObject(value) ? [1] : value))
  expect(mapped.points[0]).toBe(plain)
  const same = { points: [plain] }
  expect(mapUpdate(same, (value) => value)).toBe(same)
  const query = { query: { recommend: { positive: [1] } }, prefetch: [{ query: [1, 2] }] }
  expect(mapQuery(query, (value) => value)).toBe(query)
})
