import { describe, expect, it } from 'vitest'
import { fitAvgLen, lengthNorm, weighTerm } from '../../../src/encoders/bm25/bm25-weight.js'

describe('weighTerm', () => {
  it('grows with the count towards k + 1', () => {
    const norm = lengthNorm(256, { k: 1.2, b: 0.75, avgLen: 256 })
    expect(norm).toBe(1.2)
    expect(weighTerm(1, norm, 1.2)).toBe(1)
    expect(weighTerm(3, norm, 1.2)).toBeCloseTo(6.6 / 4.2, 12)
    expect(weighTerm(1e9, norm, 1.2)).toBeCloseTo(2.2, 6)
  })

  it('is 1 for every count with k = 0', () => {
    expect(weighTerm(7, lengthNorm(99, { k: 0, b: 0.75, avgLen: 256 }), 0)).toBe(1)
  })
})

describe('fitAvgLen', () => {
  it('is the mean length, empty documents included', () => {
    expect(fitAvgLen(9, 3)).toBe(3)
  })

  it('refuses a corpus without terms', () => {
    expect(() => fitAvgLen(0, 2)).toThrow(expect.objectContaining({ code: 'EMPTY_CORPUS' }))
    expect(() => fitAvgLen(0, 0)).toThrow(expect.objectContaining({ code: 'EMPTY_CORPUS' }))
  })
})
