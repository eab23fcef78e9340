import type { AddedToken } from '../tokenizer-files.js'
import { codePointSet, isWhiteSpace } from '../unicode/unicode-classes.js'

/** A stretch of a text that stands between added tokens, or an added token's id. */
export type AddedSection =
  | { readonly text: string; readonly begin: number }
  | { readonly id: number; readonly begin: number }

interface Entry {
  readonly token: AddedToken
  readonly id: number
}

/**
 * Finds tokens that stand for themselves in a text: of those that begin at a place the longest, from left to right.
 * @see https://github.com/huggingface/tokenizers `AddedVocabulary::find_matches`
 */
export class AddedTokens {
  /** By the first unit of a token: the lengths that there are, the longest first. */
  readonly #lengths = new Map<number, readonly number[]>()
  readonly #entries = new Map<string, Entry>()
  /** By UTF-16 unit: 1 if a token begins with it. Nearly no unit of a text does. */
  readonly #mayBegin = new Uint8Array(0x10000)

  /** @param spell the form of a token that is looked for */
  constructor(tokens: readonly AddedToken[], spell: (content: string) => string = (content) => content) {
    for (const token of tokens) {
      const content = spell(token.content)
      if (content === '') continue
      this.#entries.set(content, { token, id: token.id })
      const unit = content.charCodeAt(0)
      this.#mayBegin[unit] = 1
      const lengths = new Set([...(this.#lengths.get(unit) ?? []), content.length])
      this.#lengths.set(
        unit,
        [...lengths].sort((a, b) => b - a),
      )
    }
  }

  /** The longest token that begins at `position`, and where it ends. */
  at(
    text: string,
    position: number,
  ): { readonly id: number; readonly end: number; readonly token: AddedToken } | undefined {
    const unit = text.charCodeAt(position)
    if (this.#mayBegin[unit] !== 1) return undefined
    for (const length of this.#lengths.get(unit)!) {
      const found = this.#entries.get(text.slice(position, position + length))
      if (found !== undefined) return { id: found.id, end: position + length, token: found.token }
    }
    return undefined
  }

  /** The text in sections: added tokens, and what stands between them. */
  split(text: string): AddedSection[] {
    if (this.#entries.size === 0) return text === '' ? [] : [{ text, begin: 0 }]
    const sections: AddedSection[] = []
    let done = 0
    for (let i = 0; i < text.length; ) {
      const found = this.at(text, i)
      if (found === undefined) {
        i += 1
        continue
      }
      let begin = i
      let { end } = found
      i = end
      const { token, id } = found
      if (token.single_word && (isWordBefore(text, begin) || isWordAt(text, end))) continue
      if (token.lstrip) while (begin > done && isWhiteSpace(text.charCodeAt(begin - 1))) begin -= 1
      if (token.rstrip) while (end < text.length && isWhiteSpace(text.charCodeAt(end))) end += 1
      if (begin > done) sections.push({ text: text.slice(done, begin), begin: done })
      sections.push({ id, begin })
      done = end
    }
    if (done < text.length) sections.push({ text: text.slice(done), begin: done })
    return sections
  }
}

function isWordBefore(text: string, position: number): boolean {
  if (position === 0) return false
  const last = text.charCodeAt(position - 1)
  const code = last >= 0xdc00 && last <= 0xdfff && position > 1 ? text.codePointAt(position - 2)! : last
  return codePointSet('word').has(code)
}

function isWordAt(text: string, position: number): boolean {
  return position < text.length && codePointSet('word').has(text.codePointAt(position)!)
}
