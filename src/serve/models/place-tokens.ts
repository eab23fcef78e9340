/** Characters that may be skipped for a token that stands further on: those of a word that became one unknown token. */
const MAX_GAP = 256

/**
 * Where each token stands in the text that it was made of, in code points, as far as it can be told: a tokenizer lowers case, drops accents
 * and white space, and writes one token for what it does not know.
 * @returns start and end (exclusive) of each token; null for one that is not found
 * @example placeTokens('Él va', ['el', 'va']) // [[0, 2], [3, 5]]
 */
export function placeTokens(text: string, tokens: readonly string[]): (readonly [number, number] | null)[] {
  let folded = ''
  const origin: number[] = []
  for (const [i, character] of Array.from(text).entries()) {
    const part = fold(character)
    folded += part
    for (let unit = 0; unit < part.length; unit++) origin.push(i)
  }
  let at = 0
  return tokens.map((token) => {
    const wanted = fold(token.replace(/^(##|▁|Ġ)/, ''))
    if (wanted === '') return null
    for (let gap = 0; gap <= MAX_GAP; gap++) {
      const start = at + gap
      if (start >= folded.length) return null
      if (!folded.startsWith(wanted, start)) continue
      at = start + wanted.length
      return [origin[start]!, origin[at - 1]! + 1]
    }
    return null
  })
}

function fold(text: string): string {
  return text
    .normalize('NFD')
    .replace(/[\p{Mn}\s\p{C}]/gu, '')
    .toLowerCase()
}
