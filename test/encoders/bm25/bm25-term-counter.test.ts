import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TermCounter } from '../../../src/encoders/bm25/bm25-term-counter.js'
import { termId } from '../../../src/tokenizers/words/murmur3.js'
import { alphanumericWords, whitespaceWords } from '../../../src/tokenizers/words/server-words.js'
import { cutWords } from '../../../src/tokenizers/words/word-cutter.js'
import { fastEmbedWords } from '../../../src/tokenizers/words/words.js'

const CUTTERS = { fastEmbedWords, alphanumericWords, whitespaceWords }

/** Some words dropped, several words to one term, the rest as they are. */
function termOf(word: string): string | null {
  return word === 'the' ? null : word.startsWith('a') ? 'a' : word
}

/** Words of the cutter, dropped and counted in a Map: what the counter must equal. */
function countPlainly(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const word of words) {
    const term = termOf(word)
    if (term !== null) counts.set(term, (counts.get(term) ?? 0) + 1)
  }
  return counts
}

describe.each(Object.entries(CUTTERS))('TermCounter with %s', (_, cutter) => {
  const piece = fc.oneof(
    fc.constantFrom('the ', 'a ', 'ab ', 'The ', 'zoo', ' ', '-', '_', 'ÿ', 'İ', 'Σ', 'naïve ', '\0', '𝐀', '\ud800'),
    fc.string({ unit: 'binary', maxLength: 6 }),
  )
  const texts = fc.array(
    fc.array(piece).map((pieces) => pieces.join('')),
    { minLength: 1, maxLength: 6 },
  )

  it('counts each text as a Map over its words does, whatever came before', () => {
    fc.assert(
      fc.property(texts, (each) => {
        const counter = new TermCounter(cutter, termOf)
        for (const text of each) {
          const words = cutWords(cutter, text)
          const expected = countPlainly(words)
          const counted = counter.count(text)
          expect(counted.words).toBe(words.length)
          expect(counter.termTexts()).toEqual([...expected.keys()])
          expect([...counted.counts.subarray(0, counted.size)]).toEqual([...expected.values()])
          expect([...counted.ids.subarray(0, counted.size)]).toEqual([...expected.keys()].map(termId))
          expect(counted.length).toBe([...expected.values()].reduce((sum, count) => sum + count, 0))
        }
      }),
      { numRuns: 300 },
    )
  })

  it('takes a text of 140,000 different words and goes on', () => {
    const counter = new TermCounter(cutter, termOf)
    const long = Array.from({ length: 140_000 }, (_, i) => `w${i}`).join(' ')
    expect(counter.count(long)).toMatchObject({ words: 140_000, length: 140_000, size: 140_000 })
    expect(counter.count('zoo the zoo')).toMatchObject({ words: 3, length: 2, size: 1 })
  })
})
