import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EncodedBatch, Encoder, Side } from '../../src/encoders/encoder.js'
import { denseAt, multivectorAt, sparseAt } from '../../src/vectors.js'

/** What the encoder under test gives. */
export interface EncoderExpectation {
  /** Floats of a dense vector, where there is one. */
  readonly dense?: number
  readonly sparse?: boolean
  /** Floats of a multivector's row, where there is one. */
  readonly late?: number
  /** Whether a dense vector may be zeros: of a text of which the model knows no token. @default false */
  readonly zeros?: boolean
}

/** Short texts of every kind: they cost milliseconds and reach the corners of tokenizers. */
const TEXTS: readonly string[] = [
  'What is relapsing polychondritis?',
  '',
  'Aspirin reduces fever.',
  'a',
  '   \t\n ',
  'Ελληνικά, русский, 中文, العربية: naïve café — 3.14 % 👩‍💻',
  'Aspirin reduces fever.',
  'nul \0 and a lone surrogate \ud800 and [SEP] inside',
  '!!! ... ???',
  'The quick brown fox jumps over the lazy dog, again and again, until the dog wakes up and chases it away.',
]

const SIDES: readonly Side[] = ['document', 'query']

/** Rounding of float32 sums of at most a few hundred squares. */
const NORM_TOLERANCE = 1e-5

/**
 * What every encoder keeps to, in this thread or in a pool, whatever kinds of vector it makes.
 * @param open a new encoder for the suite, which closes it
 */
export function describeEncoder(name: string, expected: EncoderExpectation, open: () => Promise<Encoder>): void {
  describe(`${name} as an encoder`, () => {
    let encoder: Encoder

    beforeAll(async () => {
      encoder = await open()
    })

    afterAll(async () => {
      await encoder.close()
    })

    it.each(SIDES)('gives each text its vectors, of the kinds and shapes that it makes (%s)', async (side) => {
      const batch = await encoder.encode(TEXTS, side)
      expectShape(batch, TEXTS.length, expected)
    })

    it('gives an empty batch for no texts', async () => {
      expectShape(await encoder.encode([], 'document'), 0, expected)
    })

    it.each(SIDES)('gives a text the same bits alone and in company, at any place, in any order (%s)', async (side) => {
      const together = await encoder.encode(TEXTS, side)
      for (const [i, text] of TEXTS.entries()) {
        expect(vectorsAt(await encoder.encode([text], side), 0)).toEqual(vectorsAt(together, i))
      }
      const reversed = await encoder.encode(TEXTS.toReversed(), side)
      for (let i = 0; i < TEXTS.length; i++) {
        expect(vectorsAt(reversed, TEXTS.length - 1 - i)).toEqual(vectorsAt(together, i))
      }
    })

    it('gives equal texts of a batch equal vectors', async () => {
      const batch = await encoder.encode(['same', 'other', 'same', 'same'], 'document')
      expect(vectorsAt(batch, 2)).toEqual(vectorsAt(batch, 0))
      expect(vectorsAt(batch, 3)).toEqual(vectorsAt(batch, 0))
    })

    it('gives the same vectors for any batch out of any texts', async () => {
      const text = fc.oneof(fc.constantFrom(...TEXTS), fc.string({ unit: 'binary', maxLength: 24 }))
      await fc.assert(
        fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 5 }), fc.nat(), async (texts, pick) => {
          const i = pick % texts.length
          const batch = await encoder.encode(texts, 'document')
          expectShape(batch, texts.length, expected)
          expect(vectorsAt(await encoder.encode([texts[i]!], 'document'), 0)).toEqual(vectorsAt(batch, i))
        }),
        { numRuns: 15 },
      )
    })

    it('answers calls made at once as it answers them one after the other', async () => {
      const calls = TEXTS.map((text) => [text, 'a second text'])
      const atOnce = await Promise.all(calls.map((texts) => encoder.encode(texts, 'document')))
      for (const [i, texts] of calls.entries()) expect(atOnce[i]).toEqual(await encoder.encode(texts, 'document'))
    })

    it('refuses what is not a string as INVALID_DOCUMENT, by its index', async () => {
      for (const wrong of [null, undefined, 7, {}, ['a']]) {
        const texts = ['fine', wrong, 'fine'] as unknown as string[]
        await expect(encoder.encode(texts, 'document')).rejects.toMatchObject({
          name: 'InputError',
          code: 'INVALID_DOCUMENT',
          message: expect.stringContaining('1'),
        })
      }
    })

    it('ends with CANCELLED when told to stop, and works on afterwards', async () => {
      await expect(encoder.encode(TEXTS, 'document', { shouldStop: () => true })).rejects.toMatchObject({
        code: 'CANCELLED',
      })
      const signal = AbortSignal.abort()
      await expect(encoder.encode(TEXTS, 'document', { signal })).rejects.toMatchObject({ code: 'CANCELLED' })
      expectShape(await encoder.encode(['next'], 'document'), 1, expected)
    })

    it('closes twice without complaint', async () => {
      const other = await open()
      await other.encode(['a'], 'query')
      await other.close()
      await other.close()
    })
  })
}

/** Everything that belongs to text i. */
function vectorsAt(batch: EncodedBatch, i: number): unknown {
  return {
    dense: batch.dense && denseAt(batch.dense, i).slice(),
    sparse: batch.sparse && { ...sparseAt(batch.sparse, i) },
    late: batch.late && { ...multivectorAt(batch.late, i), values: multivectorAt(batch.late, i).values.slice() },
    tokens: batch.tokens[i],
    cutTokens: batch.cutTokens[i],
  }
}

function expectShape(batch: EncodedBatch, texts: number, expected: EncoderExpectation): void {
  expect(batch.tokens).toBeInstanceOf(Uint32Array)
  expect(batch.tokens.length).toBe(texts)
  expect(batch.cutTokens).toBeInstanceOf(Uint32Array)
  expect(batch.cutTokens.length).toBe(texts)
  expect({
    dense: batch.dense?.dimension,
    sparse: batch.sparse !== undefined,
    late: batch.late?.dimension,
  }).toEqual({ dense: expected.dense, sparse: expected.sparse ?? false, late: expected.late })
  if (batch.dense !== undefined) {
    expect(batch.dense.values.length).toBe(texts * batch.dense.dimension)
    expectUnitRows(batch.dense.values, batch.dense.dimension, expected.zeros)
  }
  if (batch.sparse !== undefined) {
    const { offsets, indices, values } = batch.sparse
    expectOffsets(offsets, texts, indices.length)
    expect(values.length).toBe(indices.length)
    for (let i = 0; i < texts; i++) {
      const { indices: own } = sparseAt(batch.sparse, i)
      for (let k = 1; k < own.length; k++) expect(own[k]!).toBeGreaterThan(own[k - 1]!)
    }
  }
  if (batch.late !== undefined) {
    expectOffsets(batch.late.offsets, texts, batch.late.values.length / batch.late.dimension)
    expectUnitRows(batch.late.values, batch.late.dimension)
  }
}

function expectOffsets(offsets: Uint32Array, texts: number, rows: number): void {
  expect(offsets.length).toBe(texts + 1)
  expect(offsets[0]).toBe(0)
  for (let i = 0; i < texts; i++) expect(offsets[i + 1]!).toBeGreaterThanOrEqual(offsets[i]!)
  expect(offsets[texts]).toBe(rows)
}

function expectUnitRows(values: Float32Array, dimension: number, zeros = false): void {
  for (let row = 0; row < values.length; row += dimension) {
    const norm = Math.hypot(...values.subarray(row, row + dimension))
    if (zeros && norm === 0) continue
    expect(Math.abs(norm - 1)).toBeLessThan(NORM_TOLERANCE)
  }
}
