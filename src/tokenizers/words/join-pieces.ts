/** A word and where its pieces stand among the tokens of its text. */
export interface JoinedWord {
  readonly word: string
  readonly positions: readonly number[]
}

/**
 * Words out of WordPieces: a piece that begins with `prefix` goes on with the word before it, any other begins one.
 * @param skipped tokens that are no part of any word, such as `[CLS]`; a piece after one still goes on with the word before
 */
export function joinPieces(
  pieces: readonly string[],
  prefix: string,
  skipped: ReadonlySet<string> = new Set(),
): JoinedWord[] {
  const words: JoinedWord[] = []
  let word = ''
  let positions: number[] = []
  for (const [position, piece] of pieces.entries()) {
    if (skipped.has(piece)) continue
    if (piece.startsWith(prefix)) {
      word += piece.slice(prefix.length)
    } else {
      if (word !== '') {
        words.push({ word, positions })
        positions = []
      }
      word = piece
    }
    positions.push(position)
  }
  if (word !== '') words.push({ word, positions })
  return words
}
