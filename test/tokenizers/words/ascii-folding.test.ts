import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foldToAscii } from '../../../src/tokenizers/words/ascii-folding.js'

describe('foldToAscii', () => {
  it.each([
    ['Straße über ﬁne façade', 'Strasse uber fine facade'],
    ['①⑳⒇⒈ Ǆ', '120(20)1. DZ'],
    ['“dash”–‘it’', '"dash"-\'it\''],
    ['Ελλάδα 中文 русский', 'Ελλάδα 中文 русский'],
  ])('takes %s to %s', (text, folded) => {
    expect(foldToAscii(text)).toBe(folded)
  })

  it('leaves ASCII alone and folds nothing twice', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(foldToAscii(text)).toBe(text)
      }),
    )
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(foldToAscii(foldToAscii(text))).toBe(foldToAscii(text))
      }),
    )
  })
})
