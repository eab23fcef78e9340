import fc from 'fast-check'
import { expect, test } from 'vitest'
import { widthOf, wrapLine } from '../../../src/cli/shared/fit-width.js'
import { plainText, written } from '../../../src/cli/shared/styled.js'

const wrapped = (line: Parameters<typeof wrapLine>[0], columns: number, indent?: string) =>
  wrapLine(line, columns, indent).map(plainText)

test('a line is broken between words, and goes on as far in as it began', () => {
  expect(wrapped('   the knee is a joint', 12)).toEqual(['   the knee', '   is a', '   joint'])
  expect(wrapped('stored: all of it', 10, '  ')).toEqual(['stored:', '  all of', '  it'])
  expect(wrapped('a  b', 80)).toEqual(['a  b'])
  expect(wrapped('', 80)).toEqual([''])
})

test('a word that is longer than a line is cut, and one of several parts is not', () => {
  expect(wrapped('see abcdefghij now', 6)).toEqual(['see ab', 'cdefgh', 'ij now'])
  expect(wrapped('医学文献检索', 5)).toEqual(['医学', '文献', '检索'])
  expect(wrapped(['a ', { text: 'knee', as: 'strong' }, ', too'], 6)).toEqual(['a', 'knee,', 'too'])
})

test('an emphasis does not reach over the end of a line, and control characters are text', () => {
  const lines = wrapLine([{ text: 'two words \x1b[2J', as: 'strong' }], 8)
  expect(lines.map((line) => written(line, true))).toEqual([
    '\x1b[1mtwo\x1b[22m',
    '\x1b[1mwords\x1b[22m',
    '\x1b[1m\\x1b[2J\x1b[22m',
  ])
})

test('no line is wider than was asked for, and nothing but white space is left out', () => {
  const part = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.record({ text: fc.string({ unit: 'grapheme' }), as: fc.constant('strong' as const) }),
  )
  const bare = (text: string) => text.replace(/\s/g, '')
  fc.assert(
    fc.property(
      fc.array(part),
      fc.integer({ min: 2, max: 60 }),
      fc.constantFrom(undefined, '', '   '),
      (line, columns, indent) => {
        const lines = wrapped(line, columns, indent)
        for (const each of lines) expect(widthOf(each)).toBeLessThanOrEqual(columns)
        expect(bare(lines.join(''))).toBe(bare(plainText(line)))
      },
    ),
  )
})

test('what stands behind labels goes on under itself', () => {
  expect(wrapped('ok      node         20.20.2 on linux, a word more', 44)).toEqual([
    'ok      node         20.20.2 on linux, a',
    '                     word more',
  ])
})
