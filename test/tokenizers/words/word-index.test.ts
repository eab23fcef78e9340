import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WordIndex } from '../../../src/tokenizers/words/word-index.js'

function unitsOf(word: string): Uint16Array {
  return Uint16Array.from({ length: word.length }, (_, i) => word.charCodeAt(i))
}

describe('WordIndex', () => {
  it('numbers words as a Map does, even where all hashes are equal', () => {
    const hashes: ((word: string) => number)[] = [() => 7, (word) => word.length, (word) => Math.imul(word.length, -7)]
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 })), fc.constantFrom(...hashes), (words, hash) => {
        const index = new WordIndex()
        const numbers = new Map<string, number>()
        for (const word of words) {
          const units = unitsOf(word)
          expect(index.find(units, 0, units.length, hash(word))).toBe(numbers.get(word) ?? -1)
          if (numbers.has(word)) continue
          numbers.set(word, numbers.size)
          expect(index.add(units, 0, units.length, hash(word))).toBe(numbers.get(word))
        }
        expect(index.size).toBe(numbers.size)
        expect(index.unitCount).toBe([...numbers.keys()].join('').length)
      }),
    )
  })

  it('keeps all words while it grows, and none once cleared', () => {
    const index = new WordIndex()
    const words = Array.from({ length: 20_000 }, (_, i) => unitsOf(`w${i}`))
    const hash = (units: Uint16Array): number => units.reduce((sum, unit) => Math.imul(sum, 31) + unit, 0) | 0
    for (const units of words) index.add(units, 0, units.length, hash(units))
    for (const [i, units] of words.entries()) expect(index.find(units, 0, units.length, hash(units))).toBe(i)
    index.clear()
    expect(index.size).toBe(0)
    expect(index.find(words[0]!, 0, words[0]!.length, hash(words[0]!))).toBe(-1)
  })
})
