import { CodePointSet, codePointSet, unicodeData } from '../unicode/unicode-classes.js'

type Ranges = readonly (readonly [number, number])[]

const LAST = 0x10ffff
const ESCAPE = /^\\(?:([pP])\{(\^?)([A-Za-z&_]+)\}|([wWdD]))/

/**
 * A regular expression of Oniguruma with its Unicode classes (`\p{L}`, `\w`, `\d`) as ranges of the native tokenizer's
 * table, so that they are the same in every Node. A property without a table stays as it is.
 */
export function spellOutClasses(source: string): string {
  let spelled = ''
  let depth = 0
  for (let i = 0; i < source.length; ) {
    const found = source[i] === '\\' ? ESCAPE.exec(source.slice(i)) : null
    const ranges = found === null ? undefined : rangesOf(found)
    if (found !== null && ranges !== undefined) {
      const text = spellRanges(ranges)
      spelled += depth > 0 ? text : `[${text}]`
      i += found[0].length
      continue
    }
    const length = source[i] === '\\' ? 2 : 1
    if (source[i] === '[') depth += 1
    if (source[i] === ']' && depth > 0) depth -= 1
    spelled += source.slice(i, i + length)
    i += length
  }
  return spelled
}

function rangesOf([, property, caret, name, letter]: RegExpExecArray): Ranges | undefined {
  if (letter !== undefined) {
    const ranges = letter.toLowerCase() === 'w' ? codePointSet('regexWord').ranges : categoryRanges('Nd')!
    return letter === letter.toUpperCase() ? complement(ranges) : ranges
  }
  const ranges = categoryRanges(name!)
  if (ranges === undefined) return undefined
  return (property === 'P') !== (caret === '^') ? complement(ranges) : ranges
}

/** The ranges of a general category (`Lu`), of a group of them (`L`) or of the script Han. */
function categoryRanges(name: string): Ranges | undefined {
  if (name === 'Han') return codePointSet('han').ranges
  const { categories } = unicodeData()
  const members = Object.keys(categories).filter((category) => category === name || category[0] === name)
  // \p{C} holds what is not assigned, too: all that is in no other category
  if (name === 'C') return complement(union(Object.keys(categories).filter((category) => category[0] !== 'C')))
  return members.length === 0 ? undefined : union(members)
}

function union(categories: readonly string[]): Ranges {
  const all = categories
    .flatMap((category) => new CodePointSet(unicodeData().categories[category]!).ranges)
    .sort((a, b) => a[0] - b[0])
  const joined: [number, number][] = []
  for (const [first, last] of all) {
    const before = joined.at(-1)
    if (before !== undefined && before[1] + 1 === first) before[1] = last
    else joined.push([first, last])
  }
  return joined
}

function complement(ranges: Ranges): Ranges {
  const outside: [number, number][] = []
  let at = 0
  for (const [first, last] of ranges) {
    if (first > at) outside.push([at, first - 1])
    at = last + 1
  }
  if (at <= LAST) outside.push([at, LAST])
  return outside
}

function spellRanges(ranges: Ranges): string {
  return ranges
    .map(([first, last]) => (first === last ? spellCode(first) : `${spellCode(first)}-${spellCode(last)}`))
    .join('')
}

function spellCode(code: number): string {
  return `\\x{${code.toString(16)}}`
}
