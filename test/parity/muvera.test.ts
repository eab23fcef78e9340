import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Muvera } from '../../src/scoring/muvera.js'
import { NumpyGenerator } from '../../src/scoring/numpy-generator.js'
import { randomNumbers } from '../../src/scoring/random-numbers.js'

interface Described {
  readonly length: number
  /** Of the float64 bytes, little-endian. */
  readonly sha256: string
  /** Every `step`-th number is a sample. */
  readonly step: number
  readonly samples: readonly number[]
}

interface Fixture {
  readonly generator: {
    readonly normals: Described
    readonly tail: readonly (readonly [number, number])[]
    readonly signs: string
    readonly moreNormals: readonly number[]
    readonly moreSigns: string
  }
  readonly cases: readonly {
    readonly dimension: number
    readonly options: { readonly kSim: number; readonly dimProj: number; readonly rReps: number; readonly seed: number }
    readonly documents: readonly { readonly rows: number; readonly document: Described; readonly query: Described }[]
  }[]
}

const { generator, cases } = JSON.parse(
  readFileSync(new URL('fixtures/muvera.json', import.meta.url), 'utf8'),
) as Fixture

/** The exponential and the logarithm of the C library and of V8 may differ in the last bit, and both are in the tail. */
const TAIL_TOLERANCE = 1e-14

describe('numpy.random.default_rng', () => {
  it('gives the same 200,000 normals, with those of the tail to the last bit but one, and then the same signs', () => {
    const random = new NumpyGenerator(42)
    const normals = random.normal(generator.normals.length)
    for (const [i, value] of generator.tail) {
      expect(Math.abs(normals[i]! - value)).toBeLessThan(TAIL_TOLERANCE)
      normals[i] = value
    }
    expect(describeNumbers(normals)).toEqual(generator.normals)
    expect(showSigns(random.signs(generator.signs.length))).toBe(generator.signs)
    expect([...random.normal(generator.moreNormals.length)]).toEqual(generator.moreNormals)
    expect(showSigns(random.signs(generator.moreSigns.length))).toBe(generator.moreSigns)
  })

  it('refuses a seed that is no whole number from 0 to 2^53 − 1', () => {
    for (const seed of [-1, 0.5, Number.NaN, 2 ** 53, '42' as unknown as number]) {
      expect(() => new NumpyGenerator(seed)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
    }
  })
})

/** The BLAS of numpy adds longer rows in blocks, whose size depends on the processor; a single cell it multiplies as a vector. */
const isOneSum = ({ dimension, options }: Fixture['cases'][number]): boolean => dimension <= 256 && options.kSim > 0
/** Rounding of sums of a few hundred products of this size, in another order. */
const ORDER_TOLERANCE = 1e-12

describe('MUVERA beside FastEmbed', () => {
  it.each(cases.filter(isOneSum))('gives the same bits for $dimension floats a row, $options', (fixture) => {
    const { dimension, options, documents } = fixture
    const muvera = new Muvera(dimension, options)
    for (const { rows, document, query } of documents) {
      const vectors = { rows, dimension, values: makeRows(rows, dimension) }
      expect(describeNumbers(muvera.processDocument(vectors))).toEqual(document)
      expect(describeNumbers(muvera.processQuery(vectors))).toEqual(query)
      expect(muvera.embeddingSize).toBe(document.length)
    }
  })

  it.each(cases.filter((each) => !isOneSum(each)))(
    'gives the same numbers, rounding apart, for $dimension floats a row, $options',
    (fixture) => {
      const { dimension, options, documents } = fixture
      const muvera = new Muvera(dimension, options)
      for (const { rows, document, query } of documents) {
        const vectors = { rows, dimension, values: makeRows(rows, dimension) }
        expectClose(describeNumbers(muvera.processDocument(vectors)), document)
        expectClose(describeNumbers(muvera.processQuery(vectors)), query)
      }
    },
  )
})

function expectClose(found: Described, expected: Described): void {
  expect(found.length).toBe(expected.length)
  expected.samples.forEach((value, i) => {
    expect(Math.abs(found.samples[i]! - value)).toBeLessThan(ORDER_TOLERANCE)
  })
}

/** The rows that the fixtures were made of, uniform in [−1, 1). */
function makeRows(rows: number, dimension: number): Float32Array {
  const random = randomNumbers(rows)
  return Float32Array.from({ length: rows * dimension }, () => 2 * random() - 1)
}

function describeNumbers(numbers: Float64Array): Described {
  const step = Math.max(1, Math.floor(numbers.length / 16))
  const bytes = new DataView(new ArrayBuffer(numbers.length * 8))
  for (const [i, value] of numbers.entries()) bytes.setFloat64(i * 8, value, true)
  return {
    length: numbers.length,
    sha256: createHash('sha256').update(new Uint8Array(bytes.buffer)).digest('hex'),
    step,
    samples: [...numbers].filter((_, i) => i % step === 0),
  }
}

function showSigns(signs: Int8Array): string {
  return Array.from(signs, (sign) => (sign > 0 ? '+' : '-')).join('')
}
