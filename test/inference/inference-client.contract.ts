import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { InferenceClient, type InferenceClientOptions } from '../../src/inference/inference-client.js'
import { EncoderPool } from '../../src/pool/encoder-pool.js'
import { denseAt, multivectorAt, sparseAt } from '../../src/vectors.js'

const DENSE = 'sentence-transformers/all-MiniLM-L6-v2'
const LATE = 'offgrid/all-MiniLM-L6-v2-late'
const BM25 = 'Qdrant/bm25'
const TEXTS = ['Cartilage is a firm tissue.', 'Aspirin relieves pain.', 'The liver makes bile.']
/** float32 of vectors that the store normalized once more. */
const TOLERANCE = 1e-6

const dense = (text: string) => ({ text, model: DENSE })
const bm25 = (text: string) => ({ text, model: BM25 })
const late = (text: string) => ({ text, model: LATE })

/** What an InferenceClient does, whatever is underneath: `open` gives the options that say what. Its collections' names begin with `prefix`. */
export function inferenceClientContract(
  name: string,
  open: () => Promise<{ readonly options: InferenceClientOptions; readonly close: () => Promise<void> }>,
  prefix = '',
): void {
  const names = {
    three: `${prefix}three`,
    bare: `${prefix}bare`,
    other: `${prefix}other`,
    changed: `${prefix}changed`,
    batched: `${prefix}batched`,
    rows: `${prefix}rows`,
  }
  describe(name, () => {
    let pool: EncoderPool
    let client: InferenceClient
    let closeStore: () => Promise<void>

    beforeAll(async () => {
      pool = await EncoderPool.create({ workers: 1 })
      const { options, close } = await open()
      closeStore = close
      client = new InferenceClient({ ...options, pool })
      await client.createCollection(names.three, {
        vectors: {
          dense: { size: 384, distance: 'Cosine' },
          late: { size: 128, distance: 'Cosine', multivector_config: { comparator: 'max_sim' }, hnsw_config: { m: 0 } },
        },
        sparse_vectors: { bm25: { modifier: 'idf' } },
      })
      await client.createCollection(names.bare, { vectors: { size: 384, distance: 'Cosine' } })
      await client.upsert(names.three, {
        points: TEXTS.map((text, i) => ({
          id: i + 1,
          vector: { dense: dense(text), bm25: bm25(text), late: late(text) },
          payload: { text, group: i % 2 },
        })),
      })
      await client.upsert(names.bare, { batch: { ids: [1, 2, 3], vectors: TEXTS.map(dense) } })
    })
    afterAll(async () => {
      await client.close()
      await closeStore()
      await pool.close()
    })

    test('stores the vectors that the encoders give, of all three kinds', async () => {
      const encoded = await pool.encoder({ dense: DENSE, late: LATE, sparse: BM25 }).encode(TEXTS, 'document')
      const records = await client.retrieve(names.three, { ids: [1, 2, 3], with_vector: true })
      for (const [i, { vector }] of records.entries()) {
        const stored = vector as { dense: number[]; bm25: { indices: number[]; values: number[] }; late: number[][] }
        const expected = denseAt(encoded.dense!, i)
        expect(Math.max(...stored.dense.map((value, at) => Math.abs(value - expected[at]!)))).toBeLessThan(TOLERANCE)
        const { indices, values } = sparseAt(encoded.sparse!, i)
        expect(stored.bm25.indices).toEqual([...indices])
        expect(stored.bm25.values.map(Math.fround)).toEqual(Array.from(values, Math.fround))
        const rows = multivectorAt(encoded.late!, i)
        expect(stored.late.length).toBe(rows.rows)
        const differences = stored.late.flat().map((value, at) => Math.abs(value - rows.values[at]!))
        expect(Math.max(...differences)).toBeLessThan(TOLERANCE)
      }
    })

    test('a query by text finds its own text first, bare, nested and by every vector', async () => {
      const bare = await client.query(names.bare, { query: dense(TEXTS[1]!), limit: 1 })
      expect(bare.points.map(({ id }) => id)).toEqual([2])
      const hybrid = await client.query(names.three, {
        prefetch: [
          { query: { nearest: dense(TEXTS[2]!) }, using: 'dense', limit: 3 },
          { prefetch: { query: bm25('bile'), using: 'bm25' }, query: { fusion: 'rrf' }, limit: 3 },
        ],
        query: late(TEXTS[2]!),
        using: 'late',
        with_payload: true,
      })
      expect(hybrid.points[0]).toMatchObject({ id: 3, payload: { text: TEXTS[2] } })
    })

    test('a query of BM25 weighs each word 1, whatever its number: the query side', async () => {
      const once = await client.query(names.three, { query: bm25('cartilage'), using: 'bm25' })
      const twice = await client.query(names.three, { query: bm25('cartilage cartilage'), using: 'bm25' })
      expect(twice.points).toMatchObject(once.points.map(({ id, score }) => ({ id, score })))
    })

    test('recommend, discover and context take texts', async () => {
      const recommended = await client.query(names.bare, {
        query: { recommend: { positive: [dense(TEXTS[0]!)], negative: [dense(TEXTS[1]!)] } },
        limit: 1,
      })
      expect(recommended.points[0]!.id).toBe(1)
      const pair = { positive: dense(TEXTS[2]!), negative: dense(TEXTS[0]!) }
      const discovered = await client.query(names.bare, {
        query: { discover: { target: dense(TEXTS[2]!), context: pair } },
        limit: 1,
      })
      expect(discovered.points[0]!.id).toBe(3)
      expect((await client.query(names.bare, { query: { context: [pair] }, limit: 1 })).points[0]!.id).toBe(3)
    })

    test('batches of queries and groups take texts', async () => {
      const answers = await client.queryBatch(names.bare, {
        searches: TEXTS.map((text) => ({ query: dense(text), limit: 1 })),
      })
      expect(answers.map(({ points }) => points[0]!.id)).toEqual([1, 2, 3])
      const { groups } = await client.queryGroups(names.three, {
        query: dense(TEXTS[1]!),
        using: 'dense',
        group_by: 'group',
        group_size: 1,
      })
      expect(groups[0]).toMatchObject({ id: 1, hits: [{ id: 2 }] })
    })

    test('queryGroups looks ids up in another collection, which the client of Qdrant leaves out', async () => {
      await client.createCollection(names.other, { vectors: { dense: { size: 384, distance: 'Cosine' } } })
      await client.upsert(names.other, { points: [{ id: 7, vector: { dense: dense(TEXTS[2]!) } }] })
      const { groups } = await client.queryGroups(names.three, {
        query: 7,
        using: 'dense',
        lookup_from: { collection: names.other },
        group_by: 'group',
        group_size: 1,
      })
      expect(groups[0]).toMatchObject({ id: 0, hits: [{ id: 3 }] })
    })

    test('updateVectors takes texts, and a filter, which the client of Qdrant leaves out', async () => {
      await client.createCollection(names.changed, { vectors: { size: 384, distance: 'Cosine' } })
      const points = [1, 2].map((id) => ({ id, vector: dense(TEXTS[0]!), payload: { isOpen: id === 1 } }))
      await client.upsert(names.changed, { points })
      await client.updateVectors(names.changed, {
        points: [1, 2].map((id) => ({ id, vector: dense(TEXTS[1]!) })),
        update_filter: { must: [{ key: 'isOpen', match: { value: true } }] },
      })
      const { points: found } = await client.query(names.changed, { query: dense(TEXTS[1]!), score_threshold: 0.99 })
      expect(found.map(({ id }) => id)).toEqual([1])
    })

    test('a batch of updates takes texts', async () => {
      await client.createCollection(names.batched, { vectors: { size: 384, distance: 'Cosine' } })
      await client.batchUpdate(names.batched, {
        operations: [
          { upsert: { points: [{ id: 1, vector: dense(TEXTS[0]!) }] } },
          { upsert: { batch: { ids: [2], vectors: [dense(TEXTS[0]!)] } } },
          { update_vectors: { points: [{ id: 2, vector: dense(TEXTS[2]!) }] } },
        ],
      })
      const { points } = await client.query(names.batched, { query: dense(TEXTS[2]!), limit: 2 })
      expect(points.map(({ id }) => id)).toEqual([2, 1])
    })

    test('a multivector of two rows of whole numbers is stored and found', async () => {
      await client.createCollection(names.rows, {
        vectors: { v: { size: 2, distance: 'Cosine', multivector_config: { comparator: 'max_sim' } } },
      })
      const rows = [
        [3, 4],
        [1, 0],
      ]
      await client.upsert(names.rows, { points: [{ id: 1, vector: { v: rows } }] })
      const query = [
        [2, 0],
        [0, 5],
      ]
      const { points } = await client.query(names.rows, { query, using: 'v' })
      expect(points[0]!.score).toBeCloseTo(1.8, 6)
    })

    test('vectors as the embedding classes give them, in typed arrays, are stored as they are', async () => {
      const typed = `${prefix}typed`
      await client.createCollection(typed, {
        vectors: {
          d: { size: 2, distance: 'Dot' },
          m: { size: 2, distance: 'Dot', multivector_config: { comparator: 'max_sim' } },
        },
        sparse_vectors: { s: {} },
      })
      const vector: Record<string, unknown> = {
        d: Float32Array.of(0.1, 2),
        m: { rows: 2, dimension: 2, values: Float32Array.of(3, 4, 1, 0) },
        s: { indices: Uint32Array.of(1, 7), values: Float64Array.of(2, 0.5) },
      }
      // the types of Qdrant's client know lists only
      await client.upsert(typed, { points: [{ id: 1, vector: vector as Record<string, number[]> }] })
      const [stored] = await client.retrieve(typed, { ids: [1], with_vector: true })
      expect(stored!.vector).toEqual({
        d: [Math.fround(0.1), 2].map((value) => expect.closeTo(value, 6)),
        m: [
          [3, 4],
          [1, 0],
        ],
        s: { indices: [1, 7], values: [2, 0.5] },
      })
    })

    test('an unknown model is refused and nothing is stored', async () => {
      const wrong = { id: 9, vector: { text: 'x', model: 'nobody/nothing' } }
      const upsert = client.upsert(names.bare, { points: [{ id: 8, vector: dense('x') }, wrong] })
      await expect(upsert).rejects.toMatchObject({ name: 'InputError', code: 'UNKNOWN_MODEL' })
      expect(await client.count(names.bare, { exact: true })).toEqual({ count: 3 })
    })

    test('methods without vectors work as those of Qdrant’s client', async () => {
      expect(await client.collectionExists(names.three)).toEqual({ exists: true })
      expect((await client.getCollection(names.three)).points_count).toBe(3)
      expect((await client.scroll(names.three, { limit: 10, with_payload: false })).points.map(({ id }) => id)).toEqual(
        [1, 2, 3],
      )
      expect((await client.versionInfo()).version).toMatch(/^1\./)
    })
  })
}
