import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type SparseEmbeddingOptions, SparseTextEmbedding } from '../../src/embeddings/sparse-text-embedding.js'
import { type EncoderSpec, openEncoder } from '../../src/encoders/open-encoder.js'
import { EncoderPool } from '../../src/pool/encoder-pool.js'
import { sparseAt } from '../../src/vectors.js'
import { makeTinyModels, readTinyFixture } from '../encoders/tiny-models.js'

let modelsFolder: string
let pool: EncoderPool
beforeAll(async () => {
  modelsFolder = await makeTinyModels('splade', 'bm42', 'minicoil')
  pool = await EncoderPool.create({ workers: 1 })
})
afterAll(async () => {
  await pool.close()
  await rm(modelsFolder, { recursive: true, force: true })
})

describe('SparseTextEmbedding with a network', () => {
  test.each<[string, SparseEmbeddingOptions, Partial<EncoderSpec>]>([
    ['splade', {}, {}],
    ['bm42', { alpha: 0.9 }, { bm42: { alpha: 0.9 } }],
    ['minicoil', { k: 2, avgLen: 9 }, { minicoil: { k: 2, avgLen: 9 } }],
  ])('%s computes as its encoder does, with its own options %j', async (name, options, spec) => {
    const { model, texts } = readTinyFixture(name)
    const embedding = await SparseTextEmbedding.create({ model, modelsFolder, pool, ...options })
    const encoder = await openEncoder({ sparse: model, modelsFolder, ...spec })
    const { sparse } = await encoder.encode(texts, 'query')
    await encoder.close()
    const expected = texts.map((_, i) => ({ ...sparseAt(sparse!, i) }))
    expect((await embedding.queryEmbed(texts)).map((vector) => ({ ...vector }))).toEqual(expected)
    expect(() => embedding.explain(texts[0]!)).toThrow(expect.objectContaining({ code: 'NOT_BM25' }))
    expect(embedding.avgLen).toBeNull()
  })

  test.each<[string, SparseEmbeddingOptions, string, RegExp]>([
    ['splade', { language: 'german' }, 'UNKNOWN_OPTION', /no option "language"; of its own it has none/],
    ['bm42', { k: 2 }, 'UNKNOWN_OPTION', /no option "k"; of its own it has alpha/],
    ['bm42', { alpha: 0 }, 'INVALID_OPTION', /alpha to be a number above 0, got 0/],
    ['minicoil', { avgLen: 'fit' }, 'INVALID_OPTION', /avgLen/],
  ])('%s refuses %j', async (name, options, code, message) => {
    const { model } = readTinyFixture(name)
    const refusal = SparseTextEmbedding.create({ model, modelsFolder, pool, ...options })
    await expect(refusal).rejects.toMatchObject({ name: 'InputError', code, message: expect.stringMatching(message) })
  })

  test('BM25 refuses the option of another model', async () => {
    await expect(SparseTextEmbedding.create({ pool, alpha: 0.5 })).rejects.toMatchObject({ code: 'UNKNOWN_OPTION' })
  })
})
