import { codePointSet, IDEOGRAPH_RANGES, isWhiteSpace } from './unicode-classes.js'

/** A word by itself: punctuation, CJK ideographs. */
export const SINGLE = 2
/** White space. Everything else is part of a word, what is dropped from it included. */
export const SPACE = 1

/** Not punctuation themselves, but when accents are stripped: ≠ becomes =, ≮ <, ≯ >, and U+1FEF a grave accent. */
const BECOME_PUNCTUATION = [0x2260, 0x226e, 0x226f, 0x1fef]

const tables = new Map<boolean, Uint8Array>()

/** How BERT cuts a text, by code point: {@link SINGLE}, {@link SPACE} or 0. */
export function bertClasses(isStripped: boolean): Uint8Array {
  const known = tables.get(isStripped)
  if (known !== undefined) return known
  const classes = new Uint8Array(0x110000)
  const dropped = codePointSet('dropped')
  for (const [first, last] of codePointSet('punctuation').ranges) classes.fill(SINGLE, first, last + 1)
  for (const [first, last] of IDEOGRAPH_RANGES) classes.fill(SINGLE, first, last + 1)
  for (let code = 0; code <= 0x3000; code += 1) if (isWhiteSpace(code) && !dropped.has(code)) classes[code] = SPACE
  if (isStripped) for (const code of BECOME_PUNCTUATION) classes[code] = SINGLE
  tables.set(isStripped, classes)
  return classes
}
