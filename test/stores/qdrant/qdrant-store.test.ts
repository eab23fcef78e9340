import { afterEach, describe, expect, test } from 'vitest'
import type { Point } from '../../../src/stores/store.js'
import { closeUploads, makePoints, startUpload, upserts } from '../../server/upload-setup.js'

afterEach(closeUploads)

const DENSE = { vectors: { a: { size: 2, distance: 'Cosine' } } } as const

describe('a collection on a server', () => {
  test('is described with its vectors, metadata and exact count', async () => {
    const { store } = await startUpload()
    await store.createCollection('d', {
      ...DENSE,
      sparse_vectors: { b: { modifier: 'idf' } },
      metadata: { model: 'm' },
    })
    await store.upsert('d', [{ id: 1, vectors: { a: Float32Array.of(1, 2) }, payload: {} }])
    expect(await store.describeCollection('d')).toMatchObject({
      vectors: DENSE.vectors,
      sparseVectors: { b: { modifier: 'idf' } },
      metadata: { model: 'm' },
      points: 1,
    })
    expect(await store.describeCollection('nowhere')).toBeNull()
  })

  test('with one unnamed vector has it under the empty name', async () => {
    const { store } = await startUpload()
    await store.createCollection('d', { vectors: { size: 2, distance: 'Dot' } })
    expect((await store.describeCollection('d'))?.vectors).toEqual({ '': { size: 2, distance: 'Dot' } })
    await store.upsert('d', [{ id: 1, vectors: { '': Float32Array.of(3, 4) }, payload: {} }])
    expect(await store.retrieve('d', [1], { vectors: true })).toMatchObject([{ id: 1, vectors: [3, 4] }])
  })

  test('whose name needs escaping is reached', async () => {
    const { store } = await startUpload()
    await store.createCollection('naïve & 100%', DENSE)
    expect(await store.listCollections()).toEqual(['c', 'naïve & 100%'])
    expect(await store.count('naïve & 100%')).toBe(0)
  })
})

describe('an upsert', () => {
  test.each<[string, Point['vectors']]>([
    ['VECTOR_DIMENSION', { dense: new Float32Array(3) }],
    ['VECTOR_DIMENSION', { late: { rows: 2, dimension: 2, values: new Float32Array(4) } }],
    ['VECTOR_NOT_FINITE', { dense: Float32Array.of(1, 2, 3, 4, 5, 6, 7, Number.POSITIVE_INFINITY) }],
    ['VECTOR_NOT_FINITE', { bm25: { indices: Uint32Array.of(1), values: Float64Array.of(1e300) } }],
    ['SPARSE_DUPLICATE_INDEX', { bm25: { indices: Uint32Array.of(9, 1, 9), values: Float64Array.of(1, 2, 3) } }],
    ['SPARSE_LENGTH', { bm25: { indices: Uint32Array.of(9, 1), values: Float64Array.of(1) } }],
    ['VECTOR_RAGGED', { late: { rows: 2, dimension: 4, values: new Float32Array(7) } }],
    ['VECTOR_TOO_LONG', { late: { rows: 262_144, dimension: 4, values: new Float32Array(1_048_576) } }],
    ['VECTOR_UNKNOWN', { nothing: new Float32Array(8) }],
    ['VECTOR_KIND', { dense: { indices: Uint32Array.of(1), values: Float64Array.of(1) } }],
    ['VECTOR_KIND', { bm25: new Float32Array(8) }],
  ])('with %s sends nothing, not even the points before', async (code, vectors) => {
    const { store, server } = await startUpload()
    const points = [...makePoints(3), { id: 77, vectors, payload: {} }]
    await expect(store.upsert('c', points)).rejects.toMatchObject({ code })
    expect(upserts(server).length).toBe(0)
  })

  test('of a dense vector in a multivector field stores one row', async () => {
    const { store } = await startUpload()
    await store.upsert('c', [{ id: 1, vectors: { late: Float32Array.of(1, 2, 3, 4) }, payload: {} }])
    expect(await store.retrieve('c', [1], { vectors: ['late'] })).toMatchObject([{ vectors: { late: [[1, 2, 3, 4]] } }])
  })

  test('of no points, and a delete of none, send nothing', async () => {
    const { store, server } = await startUpload()
    await store.upsert('c', [])
    await store.delete('c', [])
    expect(server.requests.length).toBe(0)
  })
})

describe('a query on a server', () => {
  test('with two rows of whole numbers is read as a multivector', async () => {
    const { store } = await startUpload()
    const [point] = makePoints(1)
    await store.upsert('c', [
      { ...point!, vectors: { late: { rows: 1, dimension: 4, values: Float32Array.of(1, 0, 0, 2) } } },
    ])
    const hits = await store.query('c', {
      query: [
        [3, 4, 0, 0],
        [0, 0, 0, 1],
      ],
      using: 'late',
    })
    expect(hits).toEqual([{ id: point!.id, score: 3 + 2, payload: null }])
  })
})
