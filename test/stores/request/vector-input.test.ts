import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { VectorError } from '../../../src/errors.js'
import { MemoryStore } from '../../../src/stores/memory.js'
import { openLocalStore } from '../../../src/stores/open-local.js'
import { uploadCollection } from '../../../src/stores/qdrant/upload-collection.js'
import type { Point, Store, StoredPoint } from '../../../src/stores/store.js'
import { typedVector } from '../../../src/stores/typed-vector.js'
import { closeUploads, startUpload, uploadFailure, upserts } from '../../server/upload-setup.js'
import { temporaryFolder } from '../local/temporary-folder.js'

const DENSE = 8
const ROW = 4

/** Every kind of array of numbers that a caller may have; what it holds is what is stored. */
const KINDS: readonly (readonly [string, (values: readonly number[]) => ArrayLike<number>])[] = [
  ['a plain array', (values) => [...values]],
  ['Float32Array', (values) => Float32Array.from(values)],
  ['Float64Array', (values) => Float64Array.from(values)],
  ['Int8Array', (values) => Int8Array.from(values)],
  ['Uint8Array', (values) => Uint8Array.from(values)],
  ['Uint8ClampedArray', (values) => Uint8ClampedArray.from(values)],
  ['Int16Array', (values) => Int16Array.from(values)],
  ['Uint16Array', (values) => Uint16Array.from(values)],
  ['Int32Array', (values) => Int32Array.from(values)],
  ['Uint32Array', (values) => Uint32Array.from(values)],
  ['Buffer', (values) => Buffer.from(Uint8Array.from(values))],
  ['a part of a larger Float32Array', (values) => Float32Array.from([9, ...values, 9]).subarray(1, values.length + 1)],
]

const kind = fc.constantFrom(...KINDS.map(([, make]) => make))
const floats = (length: number) =>
  fc.array(fc.oneof(fc.float({ noNaN: true, min: -1e6, max: 1e6 }), fc.integer({ min: 0, max: 3 })), {
    minLength: length,
    maxLength: length,
  })
const rowList = fc.array(floats(ROW), { minLength: 1, maxLength: 4 })

const dense = fc.tuple(kind, floats(DENSE)).map(([make, values]) => {
  const input = make(values)
  return { input, expected: Array.from(input, Math.fround) }
})
/** Rows one by one, each of a kind, or all of them flat. */
const late = fc.oneof(
  fc.tuple(fc.array(kind, { minLength: 4, maxLength: 4 }), rowList).map(([makes, rows]) => {
    const input = rows.map((row, i) => makes[i]!(row))
    return { input, expected: input.map((row) => Array.from(row, Math.fround)) }
  }),
  fc.tuple(kind, rowList).map(([make, rows]) => {
    const values = make(rows.flat())
    const expected = rows.map((_, i) => Array.from(values, Math.fround).slice(i * ROW, (i + 1) * ROW))
    return { input: { rows: rows.length, dimension: ROW, values }, expected }
  }),
)
const sparse = fc
  .tuple(kind, kind, fc.uniqueArray(fc.integer({ min: 0, max: 100 }), { maxLength: 6 }), floats(6))
  .map(([makeIndices, makeValues, places, weights]) => {
    const ascending = [...places].sort((a, b) => a - b)
    const values = makeValues(weights.slice(0, ascending.length))
    return {
      input: { indices: makeIndices(ascending), values },
      expected: { indices: ascending, values: Array.from(values, Math.fround) },
    }
  })
const points = fc.array(fc.record({ dense, late, bm25: sparse }), { minLength: 1, maxLength: 5 })

const folder = temporaryFolder()
const stores: { name: string; store: Store }[] = []
let server: Awaited<ReturnType<typeof startUpload>>

beforeAll(async () => {
  server = await startUpload()
  const config = (await server.store.describeCollection('c'))!.config
  for (const store of [new MemoryStore(), await openLocalStore({ path: folder.path })]) {
    await store.createCollection('c', config)
    stores.push({ name: store.location, store })
  }
  stores.push({ name: 'a server', store: server.store })
})

afterAll(async () => {
  for (const { store } of stores) await store.close()
  await closeUploads()
  folder.remove()
})

/** −0 is 0 in JSON, and in every score. */
function positiveZeros(stored: readonly StoredPoint[]): unknown {
  return JSON.parse(JSON.stringify(stored.map(({ id, vectors }) => ({ id, vectors }))))
}

/** The list without its second element, in whose place is nothing. */
function withHole(list: unknown[]): unknown[] {
  delete list[1]
  return list
}

/** What is no vector, by what is wrong with it. */
const NO_VECTORS: readonly (readonly [string, unknown, string])[] = [
  ['texts of numbers', ['1', '2'], 'VECTOR_KIND'],
  ['a text', '1', 'VECTOR_KIND'],
  ['a hole', withHole([1, 2, 3]), 'VECTOR_KIND'],
  ['undefined in it', [1, undefined], 'VECTOR_KIND'],
  ['null in it', [1, null], 'VECTOR_KIND'],
  ['null', null, 'VECTOR_KIND'],
  ['undefined', undefined, 'VECTOR_KIND'],
  ['NaN in it', [1, Number.NaN], 'VECTOR_NOT_FINITE'],
  ['an infinity in it', Float64Array.of(1, Number.NEGATIVE_INFINITY), 'VECTOR_NOT_FINITE'],
  ['more than a float32', [1, 1e39], 'VECTOR_NOT_FINITE'],
  ['an object of numbers', { 0: 1, 1: 2 }, 'VECTOR_KIND'],
  ['an object in it', [{}, 1], 'VECTOR_KIND'],
  ['a boolean in it', [true, 1], 'VECTOR_KIND'],
  ['bigints', [1n, 2n], 'VECTOR_KIND'],
  ['an array of bigints', BigInt64Array.of(1n, 2n), 'VECTOR_KIND'],
  ['a DataView', new DataView(new ArrayBuffer(8)), 'VECTOR_KIND'],
  ['bytes without a type', new ArrayBuffer(8), 'VECTOR_KIND'],
  ['a set', new Set([1, 2]), 'VECTOR_KIND'],
  ['no number', [], 'VECTOR_EMPTY'],
  ['an empty row', [[]], 'VECTOR_RAGGED'],
  ['rows of two lengths', [[1, 2], [1]], 'VECTOR_RAGGED'],
  ['a number beside a row', [[1, 2], 3], 'VECTOR_KIND'],
  [
    'a hole among rows',
    withHole([
      [1, 2],
      [1, 2],
      [1, 2],
    ]),
    'VECTOR_KIND',
  ],
  ['NaN in a row', [[1, 2], Float32Array.of(1, Number.NaN)], 'VECTOR_NOT_FINITE'],
  ['rows of rows', [[[1, 2]], [[1, 2]]], 'VECTOR_KIND'],
  ['fewer values than its rows', { rows: 2, dimension: 2, values: [1, 2, 3] }, 'VECTOR_RAGGED'],
  ['rows that are no number', { rows: '1', dimension: 2, values: [1, 2] }, 'VECTOR_KIND'],
  ['half a row', { rows: 0.5, dimension: 4, values: [1, 2] }, 'VECTOR_KIND'],
  ['an index twice', { indices: [4, 4], values: [1, 2] }, 'SPARSE_DUPLICATE_INDEX'],
  ['an index below 0', { indices: Int8Array.of(-1), values: [1] }, 'VECTOR_KIND'],
  ['an index that is no whole number', { indices: [1.5], values: [1] }, 'VECTOR_KIND'],
  ['an index beyond 32 bits', { indices: [2 ** 32], values: [1] }, 'VECTOR_KIND'],
  ['indices without values', { indices: [1] }, 'VECTOR_KIND'],
  ['more indices than values', { indices: [1, 2], values: [1] }, 'SPARSE_LENGTH'],
  ['a weight that is a text', { indices: [1], values: ['2'] }, 'VECTOR_KIND'],
  ['a hole among weights', { indices: [1, 2, 3], values: withHole([1, 2, 3]) }, 'VECTOR_KIND'],
]

function pointWith(vector: unknown): Point {
  return { id: 77, vectors: { dense: vector } as Point['vectors'], payload: {} }
}

describe('a vector of any array of numbers', () => {
  test.each(['memory', 'disk', 'server'])('is stored as it is (%s)', async (where) => {
    const { store } = stores[['memory', 'disk', 'server'].indexOf(where)]!
    await fc.assert(
      fc.asyncProperty(points, async (given) => {
        const list = given.map(({ dense, late, bm25 }, id) => ({
          id,
          vectors: { dense: dense.input, late: late.input, bm25: bm25.input },
          payload: {},
        }))
        await store.upsert('c', list)
        const expected = given.map(({ dense, late, bm25 }, id) => ({
          id,
          payload: {},
          vectors: { dense: dense.expected, late: late.expected, bm25: bm25.expected },
        }))
        const ids = list.map(({ id }) => id)
        expect(positiveZeros(await store.retrieve('c', ids, { vectors: true }))).toEqual(positiveZeros(expected))
      }),
      { numRuns: 40 },
    )
  })

  test.each(KINDS)('is uploaded as it is, alone and in columns: %s', async (_, make) => {
    const { store } = server
    const values = [1, 2, 3, 4, 5, 6, 7, 8]
    const rows = [make([3, 4, 0, 1]), make([1, 0, 2, 2])]
    const vectors = { dense: make(values), late: rows, bm25: { indices: make([3, 9]), values: make([2, 5]) } }
    const expected = {
      dense: values,
      late: [
        [3, 4, 0, 1],
        [1, 0, 2, 2],
      ],
      bm25: { indices: [3, 9], values: [2, 5] },
    }
    expect(await store.uploadPoints('c', [{ id: 1001, vectors, payload: {} }])).toMatchObject({ stored: 1, failed: [] })
    const columns = Object.fromEntries(Object.entries(vectors).map(([name, vector]) => [name, [vector]]))
    expect(await uploadCollection(store, 'c', { ids: [1002], vectors: columns })).toMatchObject({
      stored: 1,
      failed: [],
    })
    const stored = await store.retrieve('c', [1001, 1002], { vectors: true })
    expect(stored.map(({ vectors: found }) => found)).toEqual([expected, expected])
  })
})

describe('what is no vector', () => {
  test.each(NO_VECTORS)('is refused by every store with the names of point and vector: %s', async (_, vector, code) => {
    for (const { store } of stores) {
      const refusal = expect.objectContaining({ code, message: expect.stringContaining('Point 77, vector "dense"') })
      await expect(store.upsert('c', [pointWith(vector)])).rejects.toEqual(refusal)
      expect(await store.retrieve('c', [77])).toEqual([])
    }
  })

  test.each(NO_VECTORS)('is left out of an upload and named, and nothing of it is sent: %s', async (_, vector) => {
    server.server.requests.length = 0
    const failed = [{ id: 77, kind: 'refused', reason: expect.stringContaining('Point 77, vector "dense"') }]
    expect(await server.store.uploadPoints('c', [pointWith(vector)])).toMatchObject({ stored: 0, failed })
    const columns = { ids: [77], vectors: { dense: [vector] as never } }
    expect(await uploadCollection(server.store, 'c', columns)).toMatchObject({ stored: 0, failed })
    await server.store.beginLoad('c')
    await expect(server.store.upsert('c', [pointWith(vector)])).rejects.toMatchObject({ message: failed[0]!.reason })
    await server.store.endLoad('c')
    expect(upserts(server.server)).toEqual([])
  })

  test.each([
    ['a list', [1, 2]],
    ['nothing', undefined],
    ['a text', 'x'],
    ['a typed array', Float32Array.of(1, 2)],
  ])('stands for no vectors by name: %s', async (_, vectors) => {
    const point = { id: 77, vectors, payload: {} } as unknown as Point
    const refusal = { code: 'VECTOR_KIND', message: expect.stringMatching(/^Point 77: expected vectors by name/) }
    for (const { store } of stores) await expect(store.upsert('c', [point])).rejects.toMatchObject(refusal)
    const failure = await uploadFailure(server.store.uploadPoints('c', [point], { maxRefused: 0 }))
    expect(failure.failed).toEqual([{ id: 77, kind: 'refused', reason: refusal.message }])
  })

  test('is refused with a typed error whatever it is, and nothing but numbers is taken', () => {
    const anything = fc.anything({ withBigInt: true, withTypedArray: true, withSparseArray: true, withSet: true })
    fc.assert(
      fc.property(fc.oneof(anything, fc.array(anything), fc.array(fc.array(anything))), (value) => {
        try {
          typedVector(value, 'here')
        } catch (error) {
          expect(error).toBeInstanceOf(VectorError)
          return
        }
        const numbers: unknown[] = [value].flatMap(listed).flatMap(listed)
        expect(numbers.length).toBeGreaterThan(0)
        for (const number of numbers) expect(number).toBeTypeOf('number')
      }),
      { numRuns: 1000 },
    )
  })
})

function listed(value: unknown): unknown[] {
  return Array.isArray(value) || ArrayBuffer.isView(value) ? Array.from(value as unknown[]) : [value]
}
