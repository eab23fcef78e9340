import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DistinctTexts } from '../../src/inference/distinct-texts.js'

/** So long that V8 tells strings of one length no more apart by their hash. */
const LONG = 16_384

const units = fc.string({ unit: 'binary', maxLength: 4 })
const anyText = fc.oneof(
  units,
  fc.constantFrom('\ud800', '\udfff', '\ufffd', '='),
  units.map((end) => 'a'.repeat(LONG) + end),
  units.map((end) => end + 'a'.repeat(LONG)),
  fc.constantFrom('\ud800', '\udfff', '\ufffd').map((end) => 'é'.repeat(LONG) + end),
)

describe('the distinct texts of a request', () => {
  test('are one object for equal texts and others for all others, short and long ones', () => {
    fc.assert(
      fc.property(fc.array(anyText, { maxLength: 20 }), (texts) => {
        const known = new DistinctTexts()
        const found = texts.map((text) => known.of(text))
        expect(found.map(({ text }) => text)).toEqual(texts)
        expect(new Set(found).size).toBe(new Set(texts).size)
      }),
    )
  })
})
