import { createHash } from 'node:crypto'

/** One of the distinct texts of a request, however often it stands there: the same object for equal texts. */
export interface DistinctText {
  readonly text: string
}

/** V8 hashes a longer string by its length alone, so that many long texts of one length would take quadratic time in a map. */
const MAX_HASHED_LENGTH = 16_383

/** The distinct texts of a request, for sets and maps by text that take linear time whatever the texts are. */
export class DistinctTexts {
  readonly #known = new Map<string, DistinctText>()

  of(text: string): DistinctText {
    const key = keyOf(text)
    const known = this.#known.get(key) ?? { text }
    this.#known.set(key, known)
    return known
  }
}

/** What is the same of equal texts alone. */
function keyOf(text: string): string {
  if (text.length < MAX_HASHED_LENGTH) return `=${text}`
  return createHash('sha256').update(text, 'utf16le').digest('base64')
}
