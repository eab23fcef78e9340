/** Stands in a cutter's table for a character between words; no code unit is this. */
export const BETWEEN_WORDS = -1

const NON_ASCII = /[^\0-\x7f]/

/** How texts are cut into words. ASCII is cut by a table, so that most texts need no regular expression. */
export interface WordCutter {
  /** For every ASCII code the code that stands for it in a word (its lower case, say), or BETWEEN_WORDS; int16 [128]. */
  readonly ascii: Int16Array
  /**
   * A text that is not all ASCII, ready to be cut: its words as they are to be read, and nothing between them but ASCII
   * that the table has between words. Every character outside ASCII that is left belongs to a word.
   */
  spaceOut(text: string): string
}

/** The table of a cutter from a function of one ASCII character: what stands for it in a word, or '' between words. */
export function asciiTable(inWord: (character: string) => string): Int16Array {
  return Int16Array.from({ length: 128 }, (_, code) => {
    const unit = inWord(String.fromCharCode(code))
    return unit === '' ? BETWEEN_WORDS : unit.charCodeAt(0)
  })
}

/** The words of a text, in order. */
export function cutWords({ ascii, spaceOut }: WordCutter, text: string): string[] {
  const words: string[] = []
  let word = ''
  for (const character of `${NON_ASCII.test(text) ? spaceOut(text) : text} `) {
    const code = character.codePointAt(0)!
    if (code > 127) word += character
    else if (ascii[code] !== BETWEEN_WORDS) word += String.fromCharCode(ascii[code]!)
    else if (word !== '') word = words.push(word) > 0 ? '' : word
  }
  return words
}
