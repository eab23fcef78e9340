import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { outputLength, toOutput } from '../../src/embeddings/output-vector.js'
import { TextEmbedding } from '../../src/embeddings/text-embedding.js'
import { toArray } from '../../src/embeddings/to-array.js'
import { EncoderPool } from '../../src/pool/encoder-pool.js'

test('half-precision bits become the numbers that they stand for in JSON', () => {
  const halves = toOutput(Float32Array.of(1, -0.5, 0.1), 'float16')
  expect(halves).toBeInstanceOf(Uint16Array)
  expect(toArray(halves)).toEqual([1, -0.5, 0.0999755859375])
})

describe('TextEmbedding', () => {
  let pool: EncoderPool
  beforeAll(async () => {
    pool = await EncoderPool.create({ workers: 1 })
  })
  afterAll(() => pool.close())
  const TEXTS = ['one text', 'another text']

  test.each(['float16', 'int8', 'binary'] as const)('gives %s vectors, alone and in batches', async (outputType) => {
    const whole = await TextEmbedding.create({ pool })
    const embedding = await TextEmbedding.create({ pool, outputType })
    const expected = (await whole.queryEmbed(TEXTS)).map((vector) => toOutput(vector, outputType))
    expect(await embedding.queryEmbed(TEXTS)).toEqual(expected)
    for await (const batch of embedding.embedBatches(TEXTS)) {
      expect([...batch]).toEqual(expected)
      if (outputType === 'int8') expect([...batch.scales!].every((scale) => scale > 0)).toBe(true)
      else expect(batch.scales).toBeNull()
      expect(batch.rowLength).toBe(outputLength(384, outputType))
      expect(batch.toArray()).toEqual(expected.map((vector) => toArray(vector)))
    }
  })

  test('keeps the first dimensions, of length 1 again, and says how many', async () => {
    const whole = await TextEmbedding.create({ pool })
    const embedding = await TextEmbedding.create({ pool, dimensions: 64 })
    expect(embedding.embeddingSize).toBe(64)
    const [[vector], [all]] = [await embedding.queryEmbed('one text'), await whole.queryEmbed('one text')]
    const norm = Math.hypot(...all!.subarray(0, 64))
    expect(vector!.length).toBe(64)
    for (const [i, value] of vector!.entries()) expect(value).toBeCloseTo(all![i]! / norm, 6)
  })
})
