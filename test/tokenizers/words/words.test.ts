import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isMostlyUnspaced, segmentUnspaced } from '../../../src/tokenizers/words/segmented-words.js'
import { alphanumericWords, whitespaceWords } from '../../../src/tokenizers/words/server-words.js'
import { cutWords, type WordCutter } from '../../../src/tokenizers/words/word-cutter.js'
import { countCodePoints, fastEmbedWords } from '../../../src/tokenizers/words/words.js'

const words = (text: string): string[] => cutWords(fastEmbedWords, text)

/** FastEmbed's two regular expressions around its lowercasing, as they stand. */
function splitLikeFastEmbed(text: string): string[] {
  const nonWord = /[^\p{L}\p{N}_]/gu
  return text.replace(nonWord, ' ').toLowerCase().replace(nonWord, ' ').split(' ').filter(Boolean)
}

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom(..."aB_9 .-'İΣσςß½𝐀ÿ\u0301\u0080\u00a0\t") }),
)

describe("FastEmbed's words", () => {
  it('are those of its regular expressions, whatever the text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(words(text)).toEqual(splitLikeFastEmbed(text))
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    [
      'keep the underscore and cut at everything else',
      'snake_case well-known 3.14',
      ['snake_case', 'well', 'known', '3', '14'],
    ],
    ['are cut at combining marks', 'cafe\u0301s', ['cafe', 's']],
    ['are cut at the dot that a lowercased İ leaves', 'İstanbul', ['i', 'stanbul']],
    ['end in a final sigma before punctuation', 'ΟΔΟΣ.Α', ['οδος', 'α']],
    ['keep numbers of every kind', '½ ② Ⅷ', ['½', '②', 'ⅷ']],
    ['keep letters just outside ASCII', 'ÿ aÿb', ['ÿ', 'aÿb']],
    ['are a run of Chinese whole', '今天是星期一', ['今天是星期一']],
  ])('%s', (_, text, expected) => {
    expect(words(text)).toEqual(expected)
  })
})

describe("the Qdrant server's words", () => {
  it('of the word tokenizer are alphanumeric runs in their own case, vowel signs included', () => {
    expect(cutWords(alphanumericWords, 'foo_bar C++ हिन्दी')).toEqual(['foo', 'bar', 'C', 'हिन', 'दी'])
  })

  it('of the whitespace tokenizer keep everything but Unicode white space', () => {
    expect(cutWords(whitespaceWords, ' a\0b\u00a0c,\u200bd\u0085E ')).toEqual(['a\0b', 'c,\u200bd', 'E'])
  })

  it.each([
    ['word', alphanumericWords, /[^\p{Alphabetic}\p{N}]+/u],
    ['whitespace', whitespaceWords, /\p{White_Space}+/u],
  ] as [string, WordCutter, RegExp][])('of the %s tokenizer are those of its definition', (_, cutter, between) => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(cutWords(cutter, text)).toEqual(text.split(between).filter(Boolean))
      }),
    )
  })
})

describe('words of a segmenter', () => {
  const segmented = segmentUnspaced(fastEmbedWords)

  it('cut Chinese, Japanese and Thai by the dictionary and the rest as before', () => {
    // Where exactly is ICU's choice: only what every version does is asked for.
    for (const text of ['今天是星期一', '本日の日付は', 'มาทำงานกันเถอะ']) {
      const cut = cutWords(segmented, `Well-known ${text}, Too!`)
      expect(cut.slice(0, 2)).toEqual(['well', 'known'])
      expect(cut.at(-1)).toBe('too')
      expect(cut.slice(2, -1).join('')).toBe(text)
      expect(cut.length).toBeGreaterThanOrEqual(5)
    }
  })

  it.each([
    ['今天是星期一', ['今天', '天是', '是星', '星期', '期一']],
    ['中', ['中']],
    ['カレー。とても', ['カレ', 'レー', 'とて', 'ても']],
    ['มาทำงาน', ['มาท', 'าทำ', 'ทำง', 'ำงา', 'งาน']],
    ['ไป', ['ไป']],
    ['Node版本2：中文', ['node', '版本', '2', '中文']],
    ['東京ไปมา', ['東京', 'ไปม', 'ปมา']],
    ['𠀀𠀁𠀂', ['𠀀𠀁', '𠀁𠀂']],
  ])('are neighbouring characters of %s, the same on every machine', (text, expected) => {
    expect(cutWords(segmentUnspaced(fastEmbedWords, 'ngrams'), text)).toEqual(expected)
  })

  it('of a text that is mostly in such a script are missed where nothing cuts it', () => {
    expect(['今天是', 'Das ist 今天', 'มาทำงาน ok', 'Ω', '', '1234 。'].map(isMostlyUnspaced)).toEqual([
      true,
      false,
      true,
      false,
      false,
      false,
    ])
  })

  it('are unchanged where no such script occurs', () => {
    const spaced = fc.string({ unit: fc.constantFrom(..."abÉİΣς _-'ʼ½\u0301жא𝐀") })
    fc.assert(
      fc.property(spaced, (text) => {
        expect(cutWords(segmented, text)).toEqual(words(text))
      }),
    )
  })
})

describe('countCodePoints', () => {
  it('counts as Array.from does', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(countCodePoints(text)).toBe(Array.from(text).length)
      }),
    )
  })
})
