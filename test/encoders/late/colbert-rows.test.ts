import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findKeptRows, normalizeRows } from '../../../src/encoders/late/colbert-rows.js'

/** Rounding to float32 of values of magnitude 1. */
const FLOAT32_TOLERANCE = 1e-6

describe('the rows of a multivector', () => {
  it('are those of tokens that are not skipped', () => {
    expect([...findKeptRows(Int32Array.of(101, 2, 999, 7, 999, 102), new Set([999]))]).toEqual([0, 1, 3, 5])
    expect([...findKeptRows(Int32Array.of(), new Set([999]))]).toEqual([])
  })

  it('have unit length once normalized, and a row of zeros stays one', () => {
    expect([...normalizeRows(Float32Array.of(3, 4, 0, 0), 2)]).toEqual([Math.fround(0.6), Math.fround(0.8), 0, 0])
  })

  it('are normalized to the same values a second time', () => {
    const component = fc.integer({ min: -1000, max: 1000 }).map((value) => value / 10)
    fc.assert(
      fc.property(fc.array(component, { minLength: 4, maxLength: 4 }), (row) => {
        const once = normalizeRows(Float32Array.from(row), 4)
        const twice = normalizeRows(once.slice(), 4)
        for (let i = 0; i < 4; i++) expect(Math.abs(twice[i]! - once[i]!)).toBeLessThan(FLOAT32_TOLERANCE)
      }),
    )
  })
})
