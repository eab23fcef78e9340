import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expandQuery, insertMarker } from '../../../src/encoders/late/colbert-layout.js'

const CLS = 101
const SEP = 102
const EXPANSION = { marker: 1, queryTokens: 32, mask: 103, attendsToMask: false }

const text = fc.array(fc.integer({ min: 200, max: 30_000 }), { maxLength: 60 })

function tokenize(ids: readonly number[]): Int32Array {
  return Int32Array.of(CLS, ...ids, SEP)
}

describe("ColBERT's layout of a text", () => {
  it('is [CLS] [D] tokens [SEP] for a document', () => {
    expect([...insertMarker(tokenize([7592]), 2)]).toEqual([CLS, 2, 7592, SEP])
  })

  it('is [CLS] [Q] tokens [SEP] and masks up to 32 for a query, the masks not attended to', () => {
    const { inputIds, attendedTokens } = expandQuery(tokenize([7592]), EXPANSION)
    expect([...inputIds]).toEqual([CLS, 1, 7592, SEP, ...Array(28).fill(103)])
    expect(attendedTokens).toBe(4)
  })

  it('attends to the masks where the model does', () => {
    expect(expandQuery(tokenize([7592]), { ...EXPANSION, attendsToMask: true }).attendedTokens).toBe(32)
  })

  it('has no masks where the model has no query expansion', () => {
    const { inputIds, attendedTokens } = expandQuery(tokenize([7592]), { ...EXPANSION, queryTokens: null })
    expect([...inputIds]).toEqual([CLS, 1, 7592, SEP])
    expect(attendedTokens).toBe(4)
  })

  it('keeps every token of a text, in order, whatever its length', () => {
    fc.assert(
      fc.property(text, (ids) => {
        const { inputIds, attendedTokens } = expandQuery(tokenize(ids), EXPANSION)
        expect(inputIds.length).toBe(Math.max(32, ids.length + 3))
        expect(attendedTokens).toBe(ids.length + 3)
        expect([...inputIds.subarray(2, 2 + ids.length)]).toEqual(ids)
        expect(new Set(inputIds.subarray(attendedTokens))).toEqual(new Set(ids.length + 3 < 32 ? [103] : []))
      }),
    )
  })
})
