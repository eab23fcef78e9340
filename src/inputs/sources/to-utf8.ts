import { isAscii, isUtf8 } from 'node:buffer'
import { TextDecoder } from 'node:util'
import { optionError } from '../../errors.js'
import { decodeWindows1252 } from './windows-1252.js'

/** By so many bytes from the first one on that is not ASCII it is decided what the encoding is. */
const GUESS_BYTES = 64 * 1024
/** Letters and signs of western languages in Windows-1252: what is left out stands in no text. */
const IS_WESTERN = Array.from({ length: 256 }, (_, byte) => byte >= 0xa0 && byte < 0xff)
for (const byte of [
  0x80, 0x82, 0x84, 0x85, 0x8a, 0x8b, 0x8c, 0x8e, 0x91, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x99, 0x9a, 0x9b, 0x9c,
  0x9e, 0x9f,
])
  IS_WESTERN[byte] = true
/** Stands in UTF-8 for a byte that the encoding does not have, so that its record is rejected and nothing is made up. */
const NO_CHARACTER = 0xff

export interface EncodingOptions {
  /** By a name that TextDecoder knows. @default UTF-8, or what is found out */
  readonly encoding?: string | undefined
  /** Whether it is found out by a byte order mark, or by bytes that are not UTF-8. @default false */
  readonly guess?: boolean
  /** Called with an encoding that was found out and is not UTF-8. */
  readonly onGuess?: ((encoding: string) => void) | undefined
}

/** @throws InputError `INVALID_OPTION` for an encoding that nobody knows */
export function checkEncoding(where: string, encoding: string | undefined): void {
  if (encoding !== undefined) newDecoder(encoding, where)
}

/** The bytes of a text in UTF-8, whatever they were in. */
export async function* toUtf8(chunks: AsyncIterable<Buffer>, options: EncodingOptions): AsyncGenerator<Buffer> {
  const { encoding, guess = false, onGuess } = options
  if (encoding !== undefined) {
    const decoder = newDecoder(encoding)
    if (decoder.encoding === 'utf-8') yield* chunks
    else yield* decode(chunks, decoder)
    return
  }
  if (!guess) {
    yield* chunks
    return
  }
  const source = new Pushback(chunks)
  try {
    const mark = await source.peek(2)
    const utf16 = isMark(mark, 0xff, 0xfe) ? 'utf-16le' : isMark(mark, 0xfe, 0xff) ? 'utf-16be' : null
    if (utf16 !== null) {
      onGuess?.(utf16)
      yield* decode(source, new TextDecoder(utf16))
      return
    }
    // what is ASCII is the same in both, and it may be most of a file
    for (let chunk = await source.next(); chunk !== null; chunk = await source.next()) {
      if (isAscii(chunk)) {
        yield chunk
        continue
      }
      const at = chunk.findIndex((byte) => byte >= 0x80)
      if (at > 0) yield chunk.subarray(0, at)
      source.unread(chunk.subarray(at))
      const sample = await source.peek(GUESS_BYTES)
      if (!isWindows1252(sample)) yield* source
      else {
        onGuess?.('windows-1252')
        yield* decode(source, new TextDecoder('windows-1252'))
      }
      return
    }
  } finally {
    await source.return()
  }
}

function newDecoder(encoding: string, where = 'encoding'): TextDecoder {
  try {
    return new TextDecoder(encoding)
  } catch (cause) {
    throw optionError(
      `${where}: expected an encoding such as utf-8, utf-16le, windows-1252, iso-8859-2, shift_jis, gb18030, euc-kr, got ${JSON.stringify(encoding)}.`,
      { cause },
    )
  }
}

async function* decode(chunks: AsyncIterable<Buffer>, decoder: TextDecoder): AsyncGenerator<Buffer> {
  if (decoder.encoding === 'windows-1252') {
    for await (const chunk of chunks) yield Buffer.from(decodeWindows1252(chunk))
    return
  }
  // these have U+FFFD as a character of their own
  const encode = /^(?:utf-16|gb18030)/.test(decoder.encoding) ? (text: string) => Buffer.from(text) : encodeKnown
  for await (const chunk of chunks) {
    const text = decoder.decode(chunk, { stream: true })
    if (text !== '') yield encode(text)
  }
  const rest = decoder.decode()
  if (rest !== '') yield encode(rest)
}

/** U+FFFD is what a decoder puts for bytes that it cannot read. */
function encodeKnown(text: string): Buffer {
  if (!text.includes('\ufffd')) return Buffer.from(text)
  const parts = text
    .split('\ufffd')
    .flatMap((part, i) => (i === 0 ? [Buffer.from(part)] : [Buffer.of(NO_CHARACTER), Buffer.from(part)]))
  return Buffer.concat(parts)
}

function isMark(bytes: Buffer, first: number, second: number): boolean {
  return bytes[0] === first && bytes[1] === second
}

/** Whether bytes that begin with one that is not ASCII are text in Windows-1252 rather than UTF-8, which may be damaged. */
function isWindows1252(sample: Buffer): boolean {
  // the last character may be cut off
  for (let cut = 0; cut < 4 && cut < sample.length; cut++)
    if (isUtf8(sample.subarray(0, sample.length - cut))) return false
  const text = sample.toString('utf8')
  let good = 0
  let bad = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit === 0xfffd) bad++
    else if (unit >= 0x80) good++
  }
  return good < bad && sample.every((byte) => byte < 0x80 || IS_WESTERN[byte])
}

/** Chunks of which some are looked at before they are read. An error comes after what was read before it. */
class Pushback implements AsyncIterable<Buffer> {
  readonly #chunks: AsyncIterator<Buffer>
  #ready: Buffer[] = []
  #end: { readonly error?: unknown } | null = null

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  async next(): Promise<Buffer | null> {
    const chunk = this.#ready.shift()
    if (chunk !== undefined) return chunk
    if (await this.#read()) return this.#ready.shift()!
    if (this.#end !== null && 'error' in this.#end) throw this.#end.error
    return null
  }

  unread(chunk: Buffer): void {
    this.#ready.unshift(chunk)
  }

  /** At least so many of the next bytes, or all that are left. */
  async peek(bytes: number): Promise<Buffer> {
    let length = this.#ready.reduce((sum, chunk) => sum + chunk.length, 0)
    while (length < bytes && (await this.#read())) length += this.#ready.at(-1)!.length
    if (this.#ready.length > 1) this.#ready = [Buffer.concat(this.#ready)]
    return this.#ready[0] ?? Buffer.alloc(0)
  }

  async return(): Promise<void> {
    if (this.#end === null) await this.#chunks.return?.()
    this.#end ??= {}
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for (let chunk = await this.next(); chunk !== null; chunk = await this.next()) yield chunk
  }

  async #read(): Promise<boolean> {
    if (this.#end !== null) return false
    try {
      const { done, value } = await this.#chunks.next()
      if (done !== true) this.#ready.push(value)
      else this.#end = {}
    } catch (error) {
      this.#end = { error }
    }
    return this.#end === null
  }
}
