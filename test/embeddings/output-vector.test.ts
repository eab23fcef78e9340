import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { outputLength, toOutput } from '../../src/embeddings/output-vector.js'
import { TextEmbedding } from '../../src/embeddings/text-embedding.js'
import { toArray } from '../../src/embeddings/to-array.js'
import { EncoderPool } from '../../src/pool/encoder-pool.js'

const vectors = fc.float32Array({ minLength: 1, maxLength: 40, noNaN: true, min: -4, max: 4 })

describe('a vector in another type', () => {
  test('float16 holds the nearest half of every value', () => {
    const halves = toOutput(Float32Array.of(1, -0.5, 0.1, 65504, 2 ** -24), 'float16')
    expect([...halves]).toEqual([0x3c00, 0xb800, 0x2e66, 0x7bff, 1])
    expect(toArray(halves)).toEqual([1, -0.5, 0.0999755859375, 65504, 2 ** -24])
  })

  test('int8 keeps the direction: the largest magnitude becomes 127', () => {
    expect([...toOutput(Float32Array.of(0.5, -0.25, 0), 'int8')]).toEqual([127, -63, 0])
    expect([...toOutput(new Float32Array(3), 'int8')]).toEqual([0, 0, 0])
    fc.assert(
      fc.property(vectors, (vector) => {
        const largest = Math.max(...vector.map(Math.abs))
        const rounded = toOutput(vector, 'int8')
        // half a step, and the rounding of float32 beside it
        for (const [i, value] of vector.entries())
          expect(Math.abs((rounded[i]! * largest) / 127 - value)).toBeLessThan(largest / 250 + 1e-30)
      }),
    )
  })

  test('binary packs signs as numpy.packbits does', () => {
    expect([...toOutput(Float32Array.of(1, -1, 0, 0.1, 1, 1, 1, 1, 0.5), 'binary')]).toEqual([0b10011111, 0b10000000])
    fc.assert(
      fc.property(vectors, (vector) => {
        const bytes = toOutput(vector, 'binary')
        expect(bytes.length).toBe(outputLength(vector.length, 'binary'))
        const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
        expect(bits.replace(/0*$/, '')).toBe(
          [...vector]
            .map((value) => (value > 0 ? '1' : '0'))
            .join('')
            .replace(/0*$/, ''),
        )
      }),
    )
  })
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
