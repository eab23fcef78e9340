const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/** What may end an element of an array, a name in an object, and its value. */
export const JSON_ENDS = { element: [COMMA, CLOSE_BRACKET], name: [0x3a], value: [COMMA, CLOSE_BRACE] } as const

/**
 * Finds where the elements of a JSON array end, or the names and values of an object, by brackets and quotes alone; whether they parse is not its matter.
 * It keeps its place between calls, so that an element of any length is scanned once.
 */
export class JsonElementScanner {
  #depth = 0
  #isInString = false
  #isEscaped = false
  readonly #ends: readonly number[]

  constructor(ends: readonly number[] = JSON_ENDS.element) {
    this.#ends = ends
  }

  /** Index of what ends the element, from `from` on, or −1 when `bytes` ends before. */
  scan(bytes: Buffer, from: number): number {
    for (let at = from; at < bytes.length; at++) {
      const byte = bytes[at]!
      if (this.#isEscaped) this.#isEscaped = false
      else if (this.#isInString) {
        if (byte === QUOTE) this.#isInString = false
        else if (byte === BACKSLASH) this.#isEscaped = true
      } else if (byte === QUOTE) this.#isInString = true
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.#depth++
      else if (this.#depth === 0 && this.#ends.includes(byte)) return at
      else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && this.#depth > 0) this.#depth--
    }
    return -1
  }
}
