import { RequestRefusal } from './request-refusal.js'

/** What a JSON text may be made of. */
export interface JsonLimits {
  readonly depth: number
  /** Values of all kinds, those within others included. */
  readonly values: number
  /** Whether integers beyond 2^53 become strings of their digits. @default false */
  readonly exactIntegers?: boolean | undefined
}

/** What is told of a text while it is scanned, with places in the piece that is being scanned. */
export interface JsonEvents {
  /** A member of the outermost object begins; null for a name that is very long. */
  onName?(name: string | null): void
  /** A list that is a member of the outermost object begins, has a comma between two of its own elements, or ends. */
  onList?(at: number): void
  onComma?(at: number): void
  onListEnd?(at: number): void
}

/** A string of the outermost object that is longer is not remembered, in bytes. */
const MAX_REMEMBERED = 1_024

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const LIST = 0x5b
const BACKSLASH = 0x5c
const LIST_END = 0x5d
const OBJECT = 0x7b
const OBJECT_END = 0x7d

/**
 * Looks over a JSON text as it comes, byte by byte and without making anything of it, so that one which would become too much is refused
 * before it does. Whether the text is right otherwise is for the parser to say.
 */
export class JsonScanner {
  /** Values so far, counted by the commas and brackets between them. */
  values = 0
  /** The string that stands in the outermost object under `token`. */
  token: string | undefined
  readonly #limits: JsonLimits
  readonly #events: JsonEvents
  #depth = 0
  #isInString = false
  #isEscaped = false
  /** Whether the list at depth 2 is a member of the outermost object. */
  #isListOpen = false
  #isOutermostObject = false
  /** Bytes of the string of the outermost object that is being read, or was read last. */
  #remembered: number[] = []
  /** Name of the member of the outermost object whose value comes; undefined before the colon. */
  #name: string | null | undefined

  constructor(limits: JsonLimits, events: JsonEvents = {}) {
    this.#limits = limits
    this.#events = events
  }

  /** @throws RequestRefusal 400 `JSON_TOO_DEEP`, 413 `REQUEST_TOO_LARGE` */
  scan(piece: Uint8Array): void {
    let isInString = this.#isInString
    let isEscaped = this.#isEscaped
    let remembers = isInString && this.#depth === 1
    for (let at = 0; at < piece.length; at++) {
      const byte = piece[at]!
      if (isInString) {
        if (remembers && (byte !== QUOTE || isEscaped) && this.#remembered.length <= MAX_REMEMBERED) {
          this.#remembered.push(byte)
        }
        if (isEscaped) isEscaped = false
        else if (byte === BACKSLASH) isEscaped = true
        else if (byte === QUOTE) {
          isInString = false
          if (remembers && this.#name === 'token') this.token = this.#recall() ?? undefined
        }
      } else if (byte === QUOTE) {
        isInString = true
        remembers = this.#depth === 1
        if (remembers) this.#remembered = []
      } else if (byte > COLON || byte === COMMA || byte === COLON) this.#mark(byte, at)
    }
    this.#isInString = isInString
    this.#isEscaped = isEscaped
    if (this.values > this.#limits.values) {
      throw RequestRefusal.tooLarge(
        `Expected a body of at most ${this.#limits.values} values, got more: split the request.`,
      )
    }
  }

  #mark(byte: number, at: number): void {
    switch (byte) {
      case COMMA:
        this.values++
        if (this.#depth === 1) this.#name = undefined
        else if (this.#depth === 2 && this.#isListOpen) this.#events.onComma?.(at)
        return
      case COLON:
        if (this.#depth !== 1 || !this.#isOutermostObject) return
        this.#name = this.#recall()
        if (this.#name === 'token') this.token = undefined
        this.#events.onName?.(this.#name)
        return
      case LIST:
      case OBJECT:
        this.#open(byte === LIST, at)
        return
      case LIST_END:
      case OBJECT_END:
        if (this.#depth === 2 && this.#isListOpen) {
          this.#isListOpen = false
          this.#events.onListEnd?.(at)
        }
        this.#depth--
    }
  }

  #open(isList: boolean, at: number): void {
    this.values++
    this.#depth++
    if (this.#depth === 1) this.#isOutermostObject = !isList
    if (this.#depth === 2 && isList && this.#isOutermostObject && this.#name !== undefined) {
      this.#isListOpen = true
      this.#events.onList?.(at)
    }
    if (this.#depth <= this.#limits.depth) return
    throw new RequestRefusal(
      400,
      'JSON_TOO_DEEP',
      `Expected a body of at most ${this.#limits.depth} lists and objects within one another, got more.`,
    )
  }

  #recall(): string | null {
    if (this.#remembered.length > MAX_REMEMBERED) return null
    try {
      return JSON.parse(`"${Buffer.from(this.#remembered).toString()}"`)
    } catch {
      return null
    }
  }
}
