import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { floatFromHalf } from '../../src/vectors/float16.js'
import { OUTPUT_TYPES, quantizeDense } from '../../src/vectors/quantize-dense.js'

const ROWS = { dimension: 4, values: Float32Array.of(0.5, -0.25, 0, 1, -2, 2, 0.125, -1e-7) }

describe('dense vectors in a smaller type', () => {
  it('are the same floats as float32', () => {
    expect(quantizeDense(ROWS, 'float32')).toEqual({ type: 'float32', ...ROWS })
  })

  it('are half-precision bits as float16', () => {
    const halves = quantizeDense(ROWS, 'float16')
    expect(Array.from(halves.values, floatFromHalf)).toEqual([0.5, -0.25, 0, 1, -2, 2, 0.125, -1.1920928955078125e-7])
  })

  it('are scaled by their own largest magnitude as int8', () => {
    expect(quantizeDense(ROWS, 'int8')).toEqual({
      type: 'int8',
      dimension: 4,
      values: Int8Array.of(64, -32, 0, 127, -127, 127, 8, 0),
      scales: Float32Array.of(1 / 127, 2 / 127),
    })
  })

  it('stay zero as int8 when they are zero', () => {
    const zeros = quantizeDense({ dimension: 2, values: new Float32Array(2) }, 'int8')
    expect(zeros.values).toEqual(new Int8Array(2))
  })

  it('are sign bits, the first in the highest, as binary', () => {
    const values = Float32Array.of(1, -1, 0, 1, 1, -1, -1, 1, 1, 0, -1, 1, 1, 1, 1, 1, 1, 1, -1, 1)
    expect(quantizeDense({ dimension: 10, values }, 'binary').values).toEqual(
      Uint8Array.of(0b10011001, 0b10000000, 0b01111111, 0b01000000),
    )
  })

  it('are the same alone and in company, in every type', () => {
    const row = fc.float32Array({ minLength: 9, maxLength: 9, noNaN: true, min: -4, max: 4 })
    fc.assert(
      fc.property(row, row, (first, second) => {
        for (const type of OUTPUT_TYPES) {
          const together = quantizeDense({ dimension: 9, values: Float32Array.of(...first, ...second) }, type)
          const alone = quantizeDense({ dimension: 9, values: second }, type)
          expect(together.values.slice(together.values.length / 2)).toEqual(alone.values)
        }
      }),
    )
  })
})
