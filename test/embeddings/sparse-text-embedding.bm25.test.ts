import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type SparseEmbeddingOptions, SparseTextEmbedding } from '../../src/embeddings/sparse-text-embedding.js'
import { Bm25Encoder } from '../../src/encoders/bm25/bm25.js'
import type { Bm25Options } from '../../src/encoders/bm25/bm25-options.js'
import { EncoderPool } from '../../src/pool/encoder-pool.js'
import { sparseAt } from '../../src/vectors.js'

let pool: EncoderPool
beforeAll(async () => {
  pool = await EncoderPool.create({ workers: 1 })
})
afterAll(() => pool.close())

async function gather<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

const TEXTS = ['Die Katzen der Stadt schlafen. Die Katzen!', 'Für naïve Cafés: 今天是星期一']

describe('SparseTextEmbedding with BM25', () => {
  test.each<Bm25Options>([
    { language: 'german', k: 2, b: 0.5, avgLen: 9, tokenMaxLength: 5 },
    { disableStemmer: true, stopwords: new Set(['DIE']) },
    { normalize: 'nfc', asciiFolding: true, segmenter: 'intl', order: 'fastembed' },
    { dialect: 'qdrant', language: 'de', lowercase: false, minTokenLen: 4 },
  ])('computes %j as the encoder does', async (options) => {
    const embedding = await SparseTextEmbedding.create({ pool, ...options } as SparseEmbeddingOptions)
    const encoder = await Bm25Encoder.open({ model: 'Qdrant/bm25', ...options })
    const { sparse } = await encoder.encode(TEXTS, 'document')
    const expected = TEXTS.map((_, i) => ({ ...sparseAt(sparse!, i) }))
    expect((await gather(embedding.embed(TEXTS))).map((vector) => ({ ...vector }))).toEqual(expected)
    expect(embedding.explain(TEXTS[0]!, { as: 'query' })).toEqual(encoder.explain(TEXTS[0]!, 'query'))
  })

  test('keeps embeddings with other stopwords apart, though they share a pool', async () => {
    const [one, two] = await Promise.all(
      [['cats'], ['sleep']].map((stopwords) => SparseTextEmbedding.create({ pool, stopwords: new Set(stopwords) })),
    )
    const [vector] = await one!.queryEmbed('cats sleep')
    expect([...vector!.indices]).toEqual(one!.explain('cats sleep').map(({ index }) => index))
    expect((await two!.queryEmbed('cats sleep'))[0]!.indices).not.toEqual(vector!.indices)
  })

  test('runs an own stemmer in this thread, with as many results and errors in their places', async () => {
    const stemmer = (word: string) => (word === 'bad' ? (undefined as unknown as string) : word.slice(0, 3))
    const embedding = await SparseTextEmbedding.create({ stemmer, stopwords: [] })
    expect(embedding.explain('Houses burn').map(({ term }) => term)).toEqual(expect.arrayContaining(['hou', 'bur']))
    const outcomes = await gather(embedding.embed(['good', 'bad', 'good'], { onError: 'collect' }))
    expect(outcomes.map((each) => ('code' in each ? each.code : each.indices.length))).toEqual([1, 'INVALID_STEM', 1])
    const many = await gather(embedding.embed(Array.from({ length: 2000 }, (_, i) => `text number ${i}`)))
    expect(many).toHaveLength(2000)
    await embedding.close()
  })

  test('shows the terms behind the indices', async () => {
    const embedding = await SparseTextEmbedding.create({ pool })
    expect(embedding.explain('The cats and the cat sleep').map(({ term, count }) => [term, count])).toEqual([
      ['sleep', 1],
      ['cat', 2],
    ])
  })
})

describe("avgLen: 'fit'", () => {
  const CORPUS = ['cats sleep', 'the', 'cats sleep, cats purr']

  test('is the mean length of the texts that fit() was given, and what documents are weighed by', async () => {
    const embedding = await SparseTextEmbedding.create({ pool, avgLen: 'fit' })
    expect(embedding.avgLen).toBeNull()
    expect(await embedding.fit(CORPUS)).toBe(2)
    expect(embedding.avgLen).toBe(2)
    const told = await SparseTextEmbedding.create({ pool, avgLen: 2 })
    expect(await gather(embedding.embed(CORPUS))).toEqual(await gather(told.embed(CORPUS)))
    expect(told.avgLen).toBe(2)
  })

  test('fails with NOT_FITTED until then, and with EMPTY_CORPUS on texts without a term', async () => {
    const embedding = await SparseTextEmbedding.create({ pool, avgLen: 'fit' })
    await expect(gather(embedding.embed(CORPUS))).rejects.toMatchObject({ name: 'InputError', code: 'NOT_FITTED' })
    await expect(embedding.fit(['the', ''])).rejects.toMatchObject({ code: 'EMPTY_CORPUS' })
  })

  test('works with an own stemmer too', async () => {
    const embedding = await SparseTextEmbedding.create({ stemmer: { stemWord: (word) => word }, avgLen: 'fit' })
    expect(await embedding.fit(CORPUS)).toBe(2)
    expect(await gather(embedding.embed(CORPUS))).toHaveLength(3)
  })
})
