import { plainText, printableParts, type StyledLine, type StyledPart } from './styled.js'

/** Characters that take two columns: Hangul, CJK, Kana, full-width forms, pictures. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u
/** Characters that take none: they go onto the one before. */
const WIDTHLESS = /[\p{Mn}\p{Me}\u200b-\u200d\ufeff]/u
/** What is kept together at the end of a line: white space, or what stands between two of them. */
const WORDS = /\s+|\S+/gu

/** What a line begins with that what follows is not to stand under: white space, the number of an item, labels with room behind them. */
const LEADING = /^ *(?:\d+\. )?(?:\S+ {2,}){0,2}/

/** Columns that a text takes on a terminal. */
export function widthOf(text: string): number {
  let width = 0
  for (const character of text) width += columnsOf(character)
  return width
}

function columnsOf(character: string): number {
  if (WIDE.test(character)) return 2
  return WIDTHLESS.test(character) ? 0 : 1
}

/** The beginning of a text that takes at most so many columns. */
export function cutToWidth(text: string, columns: number): string {
  let width = 0
  let end = 0
  for (const character of text) {
    width += columnsOf(character)
    if (width > columns) break
    end += character.length
  }
  return text.slice(0, end)
}

/**
 * A line as lines of at most so many columns, broken at white space; a word that is longer than a line is cut, after a separator if it has one.
 * White space inside a line stays, so that what stands under each other does.
 * @param indent stands before each line but the first; @default as wide as the white space, number and labels that the line begins with
 */
export function wrapLine(line: StyledLine, columns: number, indent?: string): StyledPart[][] {
  const parts = printableParts(line)
  const leading = indent ?? ' '.repeat(LEADING.exec(plainText(parts))![0].length)
  const hanging = leading.length < columns / 2 ? leading : ''
  const lines: StyledPart[][] = [[]]
  let used = 0
  let isEmpty = true
  /** White space that is written if a word follows on this line. */
  let gap: StyledPart[] = []
  const next = (): void => {
    lines.push(hanging === '' ? [] : [hanging])
    used = hanging.length
    isEmpty = true
    gap = []
  }
  const put = (part: StyledPart, text: string): void => {
    const line = lines.at(-1)!
    const last = line.at(-1)
    if (typeof part === 'string') line.push(text)
    else if (typeof last === 'object' && last.as === part.as)
      line[line.length - 1] = { ...part, text: last.text + text }
    else line.push({ ...part, text })
    used += widthOf(text)
    isEmpty = false
  }
  for (const word of wordsOf(parts)) {
    const text = plainText(word)
    if (text.trim() === '') {
      gap = word
      continue
    }
    const begin = used + widthOf(plainText(gap))
    const fitsAlone = widthOf(text) <= columns - hanging.length
    if (!isEmpty && (fitsAlone ? begin + widthOf(text) > columns : begin >= columns)) next()
    for (const space of gap) put(space, cutToWidth(plainText([space]).replaceAll('\n', ' '), columns - used))
    gap = []
    for (const part of word) {
      for (let rest = plainText([part]); rest !== ''; ) {
        const fitting = atSeparator(cutToWidth(rest, columns - used), rest)
        // a terminal that is narrower than one character shows it nevertheless
        const taken = fitting === '' && isEmpty ? String.fromCodePoint(rest.codePointAt(0)!) : fitting
        if (taken !== '') put(part, taken)
        rest = rest.slice(taken.length)
        if (rest !== '') next()
      }
    }
  }
  return lines
}

/** The beginning of a word that has to be cut, to the last separator in it where that is not too early: paths and names stay legible. */
function atSeparator(fitting: string, whole: string): string {
  if (fitting.length === whole.length) return fitting
  const pieces = [/^.*\//, /^.*[_-]/].map((pattern) => pattern.exec(fitting)?.[0] ?? '')
  return pieces.find((piece) => 2 * piece.length >= fitting.length && piece !== '') ?? fitting
}

/** The words of a line and the white space between them; a word may be of several parts. */
function wordsOf(parts: readonly StyledPart[]): StyledPart[][] {
  const words: StyledPart[][] = []
  let wasSpace: boolean | null = null
  for (const part of parts) {
    for (const [text] of plainText([part]).matchAll(WORDS)) {
      const isSpace = text.trim() === ''
      const piece = typeof part === 'string' ? text : { ...part, text }
      if (isSpace === wasSpace) words.at(-1)!.push(piece)
      else words.push([piece])
      wasSpace = isSpace
    }
  }
  return words
}
