import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Chunk, type ChunkOptions, chunkText } from '../../src/chunking/chunk-text.js'
import { splitSentences } from '../../src/chunking/split-sentences.js'
import { processorMs } from '../processor-time.js'

const medquad = fileURLToPath(new URL('../../../shared/data/medquad/corpus.jsonl', import.meta.url))

/** Counts as WordPiece does: white space separates and costs nothing, long words cost more. */
function countTokens(text: string): number {
  return [...text.matchAll(/\S+/g)].reduce((sum, [word]) => sum + Math.ceil(word.length / 5), 0)
}

/** Between the twentyfold time of a text twenty times as long and its square, with room on both sides. */
const SQUARED = 100
/** What else may happen beside a text that is done in less than a millisecond. */
const NOISE_MS = 1

function countWords(text: string): number {
  return text.match(/\S+/g)?.length ?? 0
}

function textsOf(text: string, options: Partial<ChunkOptions>): string[] {
  return chunkText(text, { maxTokens: 8, countTokens: countWords, ...options }).map((chunk) => chunk.text)
}

function expectSound(
  text: string,
  chunks: readonly Chunk[],
  { maxTokens, overlapTokens = 0, countTokens: count }: ChunkOptions,
): void {
  const covered = new Uint8Array(text.length)
  for (const [i, chunk] of chunks.entries()) {
    expect(chunk.text).toBe(text.slice(chunk.start, chunk.end))
    expect(chunk.number).toBe(i)
    expect(chunk.text.trim()).not.toBe('')
    const isOneWord = !/\s/.test(chunk.text)
    if (!isOneWord) expect(count(chunk.text)).toBeLessThanOrEqual(maxTokens)
    covered.fill(1, chunk.start, chunk.end)
    const before = chunks[i - 1]
    if (before === undefined) continue
    expect(chunk.start).toBeGreaterThan(before.start)
    expect(chunk.end).toBeGreaterThan(before.end)
    if (chunk.start < before.end) expect(count(text.slice(chunk.start, before.end))).toBeLessThanOrEqual(overlapTokens)
  }
  for (let at = 0; at < text.length; at++) {
    if (covered[at] === 0 && /\S/.test(text[at]!)) expect.fail(`the character at ${at} is in no chunk`)
  }
}

describe('chunks of plain text', () => {
  test('are whole sentences that fill the window', () => {
    const text = 'Dr. Smith paid $3.50 on Jan. 5. He left. "Really?" she asked. Yes!'
    expect(textsOf(text, {})).toEqual(['Dr. Smith paid $3.50 on Jan. 5.', 'He left. "Really?" she asked. Yes!'])
  })

  test('overlap by whole sentences', () => {
    const text = 'One two three. Four five. Six seven. Eight nine. It ends.'
    expect(textsOf(text, { maxTokens: 6, overlapTokens: 2 })).toEqual([
      'One two three. Four five.',
      'Four five. Six seven. Eight nine.',
      'Eight nine. It ends.',
    ])
  })

  test('do not overlap where no sentence is short enough: a chunk begins with a sentence', () => {
    const text = 'One two three four five. Six seven eight.'
    expect(textsOf(text, { maxTokens: 6, overlapTokens: 2 })).toEqual(['One two three four five.', 'Six seven eight.'])
  })

  test('overlap by words within a sentence that is too long, and begin the next one with its first word', () => {
    const text = 'One two three four five six. Seven eight nine.'
    expect(textsOf(text, { maxTokens: 4, overlapTokens: 2 })).toEqual([
      'One two three four',
      'three four five six.',
      'Seven eight nine.',
    ])
  })

  test('end with a paragraph once half full', () => {
    const text = 'One two three. Four five.\n\nSix seven. Eight nine ten.'
    expect(textsOf(text, {})).toEqual(['One two three. Four five.', 'Six seven. Eight nine ten.'])
  })

  test('of a sentence longer than the window end between words', () => {
    expect(textsOf('a b c d e f g h i j k.', { maxTokens: 4 })).toEqual(['a b c d', 'e f g h', 'i j k.'])
  })

  test('of a word longer than the window are that word', () => {
    const options = { maxTokens: 2, countTokens }
    expect(textsOf('aa bb incomprehensibilities cc', options)).toEqual(['aa bb', 'incomprehensibilities', 'cc'])
  })

  test('of scripts without spaces end between sentences or words', () => {
    const characters = (text: string): number => [...text].filter((character) => character.trim() !== '').length
    const text = '这是第一句话。这是第二句话！我们今天去北京大学学习中文'
    const texts = textsOf(text, { maxTokens: 8, countTokens: characters })
    expect(texts.slice(0, 2)).toEqual(['这是第一句话。', '这是第二句话！'])
    expect(texts.join('')).toBe(text)
    expect(Math.max(...texts.map(characters))).toBeLessThanOrEqual(8)
  })

  test.each(['', ' \n\t\r\n '])('of %j are none', (text) => {
    expect(textsOf(text, {})).toEqual([])
  })

  test('of a text that fits are the text without the white space around it', () => {
    expect(chunkText('\n One. \n', { maxTokens: 8, countTokens })).toEqual([
      { text: 'One.', start: 2, end: 6, number: 0 },
    ])
  })
})

describe('chunks of Markdown', () => {
  test('begin with a heading, which stays with what follows, and do not overlap across one', () => {
    const text = '# A\n\n## B\n\nOne two.\n\nC\n===\n\nThree four.\n\n## D\nFive.'
    expect(textsOf(text, { format: 'markdown', overlapTokens: 3 })).toEqual([
      '# A\n\n## B\n\nOne two.',
      'C\n===\n\nThree four.',
      '## D\nFive.',
    ])
  })

  test('take code, tables and front matter line by line and list items one by one', () => {
    const text = '---\ntitle: x. Y\n---\n```js\n# no heading\na. B()\n```\n| a | b. C |\n- one two. Three\n- four'
    expect(textsOf(text, { format: 'markdown', maxTokens: 3 })).toEqual([
      '---',
      'title: x. Y',
      '---\n```js',
      '# no heading',
      'a. B()\n```',
      '| a |',
      'b. C |',
      '- one two.',
      'Three\n- four',
    ])
  })

  test('see no heading in plain text', () => {
    expect(textsOf('# A\nOne.\n# B\nTwo.', {})).toEqual(['# A\nOne.\n# B\nTwo.'])
  })
})

describe('with an overlap', () => {
  test('a chunk begins in mid-sentence only where the sentence is too long for one', () => {
    const words = fc.array(fc.constantFrom('one', 'two', 'Three', 'four'), { minLength: 1, maxLength: 9 })
    const text = fc
      .array(words, { minLength: 1, maxLength: 12 })
      .map((all) => all.map((some) => `The ${some.join(' ')}.`).join(' '))
    fc.assert(
      fc.property(
        text,
        fc.integer({ min: 3, max: 12 }),
        fc.integer({ min: 1, max: 11 }),
        (source, maxTokens, overlap) => {
          const sentences = splitSentences(source)
          const options = { maxTokens, overlapTokens: Math.min(overlap, maxTokens - 1), countTokens }
          for (const { start } of chunkText(source, options)) {
            const sentence = sentences.find((each) => each.start <= start && start < each.end)!
            if (sentence.start !== start)
              expect(countTokens(source.slice(sentence.start, sentence.end))).toBeGreaterThan(maxTokens)
          }
        },
      ),
      { numRuns: 50 },
    )
  })
})

describe('any text', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '. ',
      '! ',
      '? ',
      '\n',
      '\n\n',
      '\r\n',
      ' ',
      '# ',
      '- ',
      '```\n',
      '| ',
      '===\n',
      '---\n',
      'Dr. ',
      '...',
      '。',
      '"',
      ') ',
    ),
    fc.constantFrom(
      'word',
      'Word',
      'a1',
      'é',
      '😀',
      '👩‍👩‍👧',
      '中文字',
      'ไทย',
      'שלום',
      '\u0301',
      '\0',
      '\ud800',
      '\u200b',
      '\u00a0',
      '\u2028',
      '\ufeff',
    ),
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.integer({ min: 60, max: 90 }).map((length) => 'x'.repeat(length)),
  )
  const anyText = fc.array(piece, { maxLength: 80 }).map((pieces) => pieces.join(''))

  test('is covered by chunks that fit, in order, with exact offsets and no more overlap than asked', () => {
    fc.assert(
      fc.property(
        anyText,
        fc.integer({ min: 1, max: 30 }),
        fc.nat(29),
        fc.constantFrom('plain', 'markdown'),
        (text, maxTokens, overlap, format) => {
          const options = { maxTokens, overlapTokens: Math.min(overlap, maxTokens - 1), countTokens, format } as const
          expectSound(text, chunkText(text, options), options)
        },
      ),
      { numRuns: 1000 },
    )
  })

  test('without unspaced scripts is never cut inside a word', () => {
    const spaced = anyText.map((text) =>
      text.replace(
        /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}。！？｡]/gu,
        'z',
      ),
    )
    fc.assert(
      fc.property(spaced, fc.integer({ min: 2, max: 20 }), (text, maxTokens) => {
        for (const { start, end } of chunkText(text, {
          maxTokens,
          overlapTokens: 1,
          countTokens,
          format: 'markdown',
        })) {
          expect(/\S\S/.test(text.slice(start - 1, start + 1))).toBe(false)
          expect(/\S\S/.test(text.slice(end - 1, end + 1))).toBe(false)
        }
      }),
    )
  })

  test.each<[string, (size: number) => string]>([
    ['one word', (size) => 'x'.repeat(1e6 * size)],
    ['one word of letters and digits', (size) => 'a1'.repeat(5e5 * size)],
    ['hyphens', (size) => 'a-'.repeat(5e5 * size)],
    ['full stops', (size) => '.'.repeat(1e6 * size)],
    ['sentences without spaces', (size) => 'One.Two!'.repeat(1e5 * size)],
    ['white space', (size) => `a.${' '.repeat(1e6 * size)}b.`],
    ['newlines', (size) => `a${'\n'.repeat(1e6 * size)}b`],
    ['headings', (size) => '#\n'.repeat(1e5 * size)],
    ['fences', (size) => '```\n'.repeat(1e5 * size)],
    ['short sentences', (size) => 'A b. '.repeat(2e5 * size)],
    ['a sentence without end', (size) => 'word '.repeat(2e5 * size)],
    ['Chinese', (size) => '我们今天去北京大学学习中文'.repeat(2e4 * size)],
    ['emoji', (size) => '😀'.repeat(2e5 * size)],
  ])('%s takes time that grows with its length only', async (_, textOf) => {
    const options = { maxTokens: 200, overlapTokens: 20, countTokens, format: 'markdown' } as const
    const timeOf = (text: string) => processorMs(() => expect(chunkText(text, options).length).toBeGreaterThan(0))
    const short = await timeOf(textOf(0.02))
    // twenty times as long a text; time that grows with its square would be four hundred times as long
    expect(await timeOf(textOf(0.4))).toBeLessThan(SQUARED * (short + NOISE_MS))
  })

  test('is counted at most about twice in all', () => {
    let units = 0
    const text = 'One two three four. '.repeat(2000) + 'word '.repeat(2000)
    chunkText(text, {
      maxTokens: 100,
      overlapTokens: 10,
      countTokens(part) {
        units += part.length
        return countWords(part)
      },
    })
    expect(units / text.length).toBeLessThan(2.2)
  })

  test.skipIf(!existsSync(medquad))('MedQuAD documents are covered (needs ../shared/data/medquad)', () => {
    const lines = readFileSync(medquad, 'utf8').split('\n').slice(0, 500)
    for (const line of lines) {
      const { text } = JSON.parse(line) as { text: string }
      const options = { maxTokens: 60, overlapTokens: 15, countTokens }
      expectSound(text, chunkText(text, options), options)
    }
  })
})

test.each([
  [{ maxTokens: 0 }],
  [{ maxTokens: 1.5 }],
  [{ overlapTokens: 8 }],
  [{ overlapTokens: -1 }],
  [{ format: 'html' }],
  [{ countTokens: 5 }],
])('the options %o are refused', (options) => {
  expect(() => textsOf('a', options as object)).toThrowError(expect.objectContaining({ code: 'INVALID_OPTION' }))
})
