import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { normalizeStoredRows } from '../../src/stores/table/vector-rounding.js'
import { encodeFloat16, floatFromHalf, nearestHalf } from '../../src/vectors/float16.js'
import { shortestFloat16, writeHalfRow } from '../../src/vectors/half-text.js'
import { maxJsonBytes, writeVectorJson } from '../../src/vectors/vector-json.js'

/** Room for a decimal in the table of those that are written. */
const SLOT = 12

const digitsOf = (text: string) =>
  text
    .replace(/e.*/, '')
    .replace(/^-?0?\.?0*|\./g, '')
    .replace(/^0+|0+$/g, '').length

describe('a float16 as a decimal', () => {
  test('every finite one reads back as itself, has a decimal point, and no decimal with fewer digits does so', () => {
    for (let half = 1; half < 0x7c00; half++) {
      const text = shortestFloat16(half)
      const value = floatFromHalf(half)
      expect(text).toMatch(/^\d+\.\d+(e-?\d+)?$/)
      expect(shortestFloat16(half, 0.75).length).toBeLessThanOrEqual(SLOT)
      if (nearestHalf(Number(text)) !== value) throw new Error(`${half}: ${text} reads back as another`)
      const fewer = digitsOf(text) - 1
      if (fewer < 1) continue
      const unit = 10 ** (Math.floor(Math.log10(value)) - fewer + 1)
      for (const multiple of [Math.floor(value / unit), Math.ceil(value / unit)]) {
        const shorter = Number((multiple * unit).toPrecision(fewer))
        // what lies on the middle of two is nobody's
        if (nearestHalf(shorter * (1 - 1e-7)) === value && nearestHalf(shorter * (1 + 1e-7)) === value)
          throw new Error(`${half}: ${shorter} is shorter than ${text}`)
      }
    }
    expect([0, 0x8000, 0x3c00, 0xbc00, 0x3555, 1, 0x7bff].map((half) => shortestFloat16(half))).toEqual([
      '0.0',
      '-0.0',
      '1.0',
      '-1.0',
      '0.3333',
      '6.0e-8',
      '6.55e4',
    ])
  })
})

/** Rows of any direction and length 1, as a network gives them: normalized in float32. */
const unitRows = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.constantFrom(2, 96, 128), fc.integer())
  .map(([rows, dimension, seed]) => {
    let state = seed | 1
    const values = Float32Array.from({ length: rows * dimension }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) | 0
      return state / 2 ** 31
    })
    for (let row = 0; row < rows; row++) {
      const part = values.subarray(row * dimension, (row + 1) * dimension)
      const length = Math.hypot(...part)
      for (let i = 0; i < dimension; i++) part[i]! /= length
    }
    return { rows, dimension, values }
  })

/** What a server keeps of rows for Cosine. */
function kept(values: Float32Array, dimension: number): Uint16Array {
  const rows = Float32Array.from(values)
  normalizeStoredRows(rows, dimension)
  const halves = new Uint16Array(rows.length)
  encodeFloat16(rows, halves)
  return halves
}

function written(vector: { rows: number; dimension: number; values: Float32Array }, isHalf: boolean): string {
  const out = Buffer.alloc(maxJsonBytes(vector))
  return out.toString('latin1', 0, writeVectorJson(out, 0, vector, isHalf))
}

describe('rows that are kept as float16', () => {
  test('of the short decimals a server keeps the bits that it keeps of the rows, and they are a quarter shorter', () => {
    const bytes = { short: 0, long: 0 }
    fc.assert(
      fc.property(unitRows, (vector) => {
        const [short, long] = [written(vector, true), written(vector, false)]
        const read = Float32Array.from((JSON.parse(short) as number[][]).flat())
        expect(kept(read, vector.dimension)).toEqual(kept(vector.values, vector.dimension))
        if (vector.dimension < 96) return
        bytes.short += short.length
        bytes.long += long.length
      }),
      { numRuns: 500 },
    )
    expect(bytes.short / bytes.long).toBeLessThan(0.75)
  })

  test('a row of another length is not shortened', () => {
    const values = Float32Array.of(3, 4)
    expect(writeHalfRow(Buffer.alloc(64), 0, values, 0, 2)).toBeNull()
    expect(written({ rows: 1, dimension: 2, values }, true)).toBe('[[3.0,4.0]]')
  })
})
