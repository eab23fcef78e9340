import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LateInteractionTextEmbedding } from '../../src/embeddings/late-interaction-text-embedding.js'
import { SparseTextEmbedding } from '../../src/embeddings/sparse-text-embedding.js'
import { TextCrossEncoder } from '../../src/embeddings/text-cross-encoder.js'
import type { TextPair } from '../../src/encoders/pairs/pair-scorer.js'
import { EncoderPool } from '../../src/pool/encoder-pool.js'
import { Muvera } from '../../src/scoring/muvera.js'
import { type CrossEncoderFixture, makeTinyModels, readTinyFixture } from '../encoders/tiny-models.js'

/** Rounding of float32 in another build of the runtime, of scores below 1. */
const NETWORK_TOLERANCE = 1e-5

const fixture = readTinyFixture<CrossEncoderFixture>('cross-encoder')
const { texts } = readTinyFixture('splade')

let modelsFolder: string
let pool: EncoderPool
let reranker: TextCrossEncoder

beforeAll(async () => {
  modelsFolder = await makeTinyModels('cross-encoder', 'splade', 'bm42', 'minicoil')
  pool = await EncoderPool.create({ workers: 2 })
  reranker = await TextCrossEncoder.create({ model: fixture.model.toLowerCase(), modelsFolder, pool })
})

afterAll(async () => {
  await reranker.close()
  await pool.close()
  await rm(modelsFolder, { recursive: true, force: true })
})

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

function expectClose(found: readonly number[], expected: readonly number[]): void {
  expect(found.length).toBe(expected.length)
  for (const [i, value] of expected.entries()) expect(Math.abs(found[i]! - value)).toBeLessThan(NETWORK_TOLERANCE)
}

async function* streamOf<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}

describe('TextCrossEncoder', () => {
  it('gives FastEmbed’s scores of documents for a query, from a list and from a stream', async () => {
    expect(reranker.model).toBe(fixture.model)
    expectClose(await collect(reranker.rerank(fixture.query, texts)), fixture.rerank)
    expectClose(await collect(reranker.rerank(fixture.query, streamOf(texts))), fixture.rerank)
    expectClose(await collect(reranker.rerank(fixture.query, texts[0]!)), fixture.rerank.slice(0, 1))
  })

  it('gives FastEmbed’s scores of pairs', async () => {
    expectClose(await collect(reranker.rerankPairs(fixture.pairs)), fixture.scores)
    expectClose(await collect(reranker.rerankPairs(streamOf(fixture.pairs))), fixture.scores)
    expect(await collect(reranker.rerankPairs([]))).toEqual([])
  })

  it('gives the same bits whatever is scored at once, in order over many pieces', async () => {
    const once = await collect(reranker.rerankPairs(fixture.pairs))
    const many = Array.from({ length: 60 }, () => fixture.pairs).flat()
    const scores = await collect(reranker.rerankPairs(many))
    expect(scores).toEqual(many.map((_, i) => once[i % once.length]))
  })

  it('counts tokens as FastEmbed does: after the cut, special tokens included', async () => {
    const expected = fixture.inputIds.reduce((sum, ids) => sum + ids.length, 0)
    expect(await reranker.tokenCount(fixture.pairs)).toBe(expected)
  })

  it('stops when it is aborted, before and while the pairs are waited for', async () => {
    const aborted = collect(reranker.rerank('a', texts, { signal: AbortSignal.abort() }))
    await expect(aborted).rejects.toMatchObject({ code: 'CANCELLED' })
    const controller = new AbortController()
    const endless = (async function* (): AsyncGenerator<TextPair> {
      yield ['a', 'b']
      controller.abort()
      await new Promise(() => {})
    })()
    const waiting = collect(reranker.rerankPairs(endless, { signal: controller.signal }))
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' })
  })

  it('lets the caller leave early', async () => {
    for await (const score of reranker.rerank(fixture.query, texts)) {
      expect(Number.isFinite(score)).toBe(true)
      break
    }
    expectClose(await collect(reranker.rerank(fixture.query, texts)), fixture.rerank)
  })

  it('refuses what is no pair, by its index', async () => {
    const pairs = [['fine', 'too'], ['only one']] as unknown as TextPair[]
    await expect(collect(reranker.rerankPairs(pairs))).rejects.toMatchObject({
      code: 'INVALID_DOCUMENT',
      message: expect.stringContaining('Pair 1'),
    })
    await expect(collect(reranker.rerankPairs(7 as never))).rejects.toMatchObject({ code: 'INVALID_DOCUMENT' })
    await expect(collect(reranker.rerank('a', [7 as never]))).rejects.toMatchObject({ code: 'INVALID_DOCUMENT' })
  })

  it('refuses wrong options and models of another kind', async () => {
    const codeOf = (options: object) =>
      TextCrossEncoder.create({ modelsFolder, pool, ...options }).then(
        () => 'none',
        ({ code }: { code: string }) => code,
      )
    expect(await codeOf({ model: readTinyFixture('splade').model })).toBe('WRONG_MODEL_KIND')
    expect(await codeOf({ model: 'nobody/nothing' })).toBe('UNKNOWN_MODEL')
    expect(await codeOf({ truncation: 'chunk' })).toBe('UNKNOWN_OPTION')
    expect(await codeOf({ workers: 2 })).toBe('INVALID_OPTION')
    expect(await codeOf({ maxTokens: 1000 })).toBe('INVALID_OPTION')
    await expect(collect(reranker.rerank('a', [], { onError: 'skip' } as never))).rejects.toMatchObject({
      code: 'UNKNOWN_OPTION',
    })
  })

  it('lists the rerankers of FastEmbed, those at hand first', async () => {
    const models = await TextCrossEncoder.listSupportedModels({ modelsFolder })
    expect(models.length).toBe(8)
    expect(models[0]).toMatchObject({ model: fixture.model, isPresent: true })
    expect(models.map(({ model }) => model)).toContain('BAAI/bge-reranker-v2-m3')
  })
})

describe('SparseTextEmbedding with a network', () => {
  it.each(['splade', 'bm42', 'minicoil'])('%s through worker threads gives the vectors of FastEmbed', async (name) => {
    const { model, documents } = readTinyFixture(name)
    const embedding = await SparseTextEmbedding.create({ model, modelsFolder, pool })
    const vectors = await collect(embedding.embed(texts))
    for (const [i, { indices, values }] of documents.entries()) {
      const weights = new Map(indices.map((id, k) => [id, values[k]!]))
      for (const [k, id] of vectors[i]!.indices.entries()) {
        expect(Math.abs((weights.get(id) ?? 0) - vectors[i]!.values[k]!)).toBeLessThan(NETWORK_TOLERANCE)
      }
    }
    await embedding.close()
  })

  it('takes the options of its model and refuses those of another', async () => {
    const open = (name: string, options: object) =>
      SparseTextEmbedding.create({ model: readTinyFixture(name).model, modelsFolder, pool, ...options })
    const { texts: few, documents } = readTinyFixture('bm42-alpha')
    const [first] = await collect((await open('bm42', { alpha: 0.8 })).embed(few.slice(0, 1)))
    const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0)
    expect(Math.abs(sum(first!.values) - sum(documents[0]!.values))).toBeLessThan(NETWORK_TOLERANCE)
    await open('minicoil', { k: 0.9, b: 0.4, avgLen: 12 })
    for (const [name, options] of [
      ['splade', { alpha: 0.5 }],
      ['bm42', { k: 1 }],
      ['minicoil', { alpha: 0.5 }],
      ['minicoil', { language: 'german' }],
    ] as const) {
      await expect(open(name, options)).rejects.toMatchObject({ code: 'UNKNOWN_OPTION' })
    }
    await expect(SparseTextEmbedding.create({ alpha: 0.5 })).rejects.toMatchObject({ code: 'UNKNOWN_OPTION' })
    await expect(open('minicoil', { avgLen: 'fit' })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })
})

describe('Muvera', () => {
  it('encodes what a late-interaction model gives', async () => {
    const late = await LateInteractionTextEmbedding.create({ pool })
    const muvera = Muvera.fromModel(late, { rReps: 4 })
    expect(muvera.dimension).toBe(late.embeddingSize)
    const [document] = await collect(late.embed('Aspirin is a drug that reduces fever and pain.'))
    const [query, other] = await late.queryEmbed(['What reduces fever?', 'Where is the river?'])
    const encoded = muvera.processDocument(document!)
    const score = (rows: Float64Array) => rows.reduce((sum, x, i) => sum + x * encoded[i]!, 0)
    expect(score(muvera.processQuery(query!))).toBeGreaterThan(score(muvera.processQuery(other!)))
  })
})
