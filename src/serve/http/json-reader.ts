import { parseExactJson } from '../../inputs/json/exact-json.js'
import { type JsonLimits, JsonScanner } from './json-scanner.js'
import type { MemoryShare } from './memory-budget.js'
import { RequestRefusal } from './request-refusal.js'

/** Elements of a long list are parsed together up to so many bytes and values: well under a millisecond. */
const PART_BYTES = 65_536
const PART_VALUES = 4_096
/** Values that are parsed at once where there is no list to be cut: of an element, or of all that is beside the lists. */
const MAX_UNCUT_VALUES = 20_000
/** What a value takes beside the bytes of its text, about. */
const VALUE_BYTES = 64

/** Bytes that are parsed together. */
interface Part {
  /** Member of the outermost object to whose list the elements belong. */
  readonly name: string
  /** Null where the member begins once more: only its last value counts. */
  readonly pieces: Uint8Array[] | null
  readonly values: number
}

/**
 * A JSON text that is looked over while it comes, so that one which is refused has become nothing but bytes, and then parsed so that a large
 * one neither stands in memory twice nor keeps the event loop: the elements of lists that are members of the outermost object, which is
 * where the many texts of a request are, are parsed in parts. Gives what `JSON.parse` of the whole gives, or `parseExactJson`.
 */
export class JsonReader {
  readonly #share: Pick<MemoryShare, 'take'>
  readonly #scanner: JsonScanner
  readonly #partBytes: number
  readonly #toValue: (json: string) => unknown
  readonly #parts: Part[] = []
  readonly #names = new Set<string>()
  /** What is beside the parts. */
  readonly #rest: Uint8Array[] = []
  /** Of the list that is open, what is in no part yet. */
  #tail: Uint8Array[] = []
  #tailBytes = 0
  /** Values so far when that began. */
  #tailValues = 0
  #piece: Uint8Array = new Uint8Array()
  #begin = 0
  #name: string | null = null
  #isInList = false
  #cutValues = 0

  /**
   * @param share of what the request may hold: the bytes, and what they become
   * @param partBytes of a list that are parsed together
   */
  constructor(limits: JsonLimits, share: Pick<MemoryShare, 'take'>, partBytes: number = PART_BYTES) {
    this.#share = share
    this.#partBytes = partBytes
    this.#toValue = limits.exactIntegers === true ? parseExactJson : JSON.parse
    this.#scanner = new JsonScanner(limits, {
      onName: (name) => {
        this.#name = name
        if (name !== null && this.#names.has(name)) this.#parts.push({ name, pieces: null, values: 0 })
      },
      onList: (at) => {
        if (this.#name === null) return
        this.#keep(at + 1)
        this.#isInList = true
        this.#tailValues = this.#scanner.values
      },
      onComma: (at) => {
        if (this.#isInList) this.#cut(at)
      },
      onListEnd: (at) => {
        if (!this.#isInList) return
        this.#keep(at)
        this.#rest.push(...this.#takeTail())
        this.#isInList = false
      },
    })
  }

  /** The string that stands in the outermost object under `token`, of what came so far. */
  get token(): string | undefined {
    return this.#scanner.token
  }

  /** Takes the next bytes. @throws RequestRefusal 400, 413, 429 */
  write(piece: Uint8Array): void {
    this.#share.take(piece.length)
    this.#piece = piece
    this.#begin = 0
    this.#scanner.scan(piece)
    this.#keep(piece.length)
    requireUncut(this.#scanner.values - this.#cutValues)
  }

  /**
   * The value, in steps of well under a millisecond where there are lists to be cut.
   * @throws RequestRefusal 400 `INVALID_JSON`, 413, 429
   */
  *parse(): Generator<void, unknown> {
    const lists = new Map<string, unknown[]>()
    // each is let go of as it is parsed
    for (let part = this.#parts.shift(); part !== undefined; part = this.#parts.shift()) {
      const { name, pieces, values } = part
      if (pieces === null) {
        lists.delete(name)
        continue
      }
      const elements = this.#parse(pieces, '[', ']', values) as unknown[]
      if (elements.length === 0) throw invalidJson('a list has a comma without an element')
      const list = lists.get(name)
      if (list === undefined) lists.set(name, elements)
      else for (const element of elements) list.push(element)
      yield
    }
    const whole = this.#parse(this.#rest.splice(0), '', '', this.#scanner.values - this.#cutValues)
    for (const [name, elements] of lists) {
      const last = Object.getOwnPropertyDescriptor(whole, name)?.value as unknown
      // a list that ends with a comma
      if (!Array.isArray(last) || last.length === 0) throw invalidJson(`the list "${name}" has no last element`)
      for (const element of last) elements.push(element)
      Object.defineProperty(whole, name, { value: elements, enumerable: true, configurable: true, writable: true })
    }
    return whole
  }

  /** What comes up to a place is for the end, or, within a list, for its next part. */
  #keep(end: number): void {
    const bytes = this.#piece.subarray(this.#begin, end)
    this.#begin = end
    if (!this.#isInList) this.#rest.push(bytes)
    else {
      this.#tail.push(bytes)
      this.#tailBytes += bytes.length
    }
  }

  #cut(at: number): void {
    const values = this.#scanner.values - this.#tailValues
    if (this.#tailBytes + at - this.#begin < this.#partBytes && values < PART_VALUES) return
    requireUncut(values)
    this.#keep(at)
    this.#begin = at + 1
    const name = this.#name!
    this.#parts.push({ name, pieces: this.#takeTail(), values })
    this.#names.add(name)
    this.#cutValues += values
    this.#tailValues = this.#scanner.values
  }

  #takeTail(): Uint8Array[] {
    this.#tailBytes = 0
    const tail = this.#tail
    this.#tail = []
    return tail
  }

  #parse(pieces: Uint8Array[], before: string, after: string, values: number): unknown {
    const bytes = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
    try {
      const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: before !== '' }).decode(bytes)
      // characters take one byte each, or all of them two
      const wide = text.length < bytes.length ? Math.max(0, 2 * text.length - bytes.length) : 0
      this.#share.take(values * VALUE_BYTES + wide)
      return this.#toValue(before + text + after)
    } catch (cause) {
      if (cause instanceof RequestRefusal) throw cause
      throw invalidJson((cause as Error).message)
    }
  }
}

/** @throws RequestRefusal 413 */
function requireUncut(values: number): void {
  if (values <= MAX_UNCUT_VALUES) return
  throw RequestRefusal.tooLarge(
    `Expected at most ${MAX_UNCUT_VALUES} values in one element of a request, or beside its lists, got more.`,
  )
}

function invalidJson(why: string): RequestRefusal {
  return new RequestRefusal(400, 'INVALID_JSON', `Expected a JSON text as body: ${why}.`)
}
