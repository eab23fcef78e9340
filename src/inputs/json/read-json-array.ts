import type { ByteWindow } from '../byte-window.js'
import { BATCH_BYTES, BATCH_RECORDS, type InputRecord, type Place, rejectRecord } from '../input-record.js'
import { JsonElementScanner } from './json-element-scanner.js'
import { parseJsonRecord } from './parse-json-record.js'
import type { LineReaderOptions } from './read-jsonl.js'

const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d

/** Reads an array of JSON objects element by element; only one element is held at a time. */
export async function* readJsonArray(window: ByteWindow, options: LineReaderOptions): AsyncGenerator<InputRecord[]> {
  const { file } = options
  await window.skipByteOrderMark()
  const first = await peek(window)
  if (first !== OPEN_BRACKET) {
    const got = first < 0 ? 'nothing' : `"${String.fromCharCode(first)}"`
    const reason = `Expected a JSON array of objects, got ${got} where it should begin; put the objects in [ ], or one per line into a .jsonl file.`
    const { failure } = window
    yield [
      rejectRecord({ file, byteOffset: window.offset }, failure?.code ?? 'NOT_AN_ARRAY', failure?.reason ?? reason),
    ]
    return
  }
  if (!(yield* readElements(window, options))) return
  if ((await peek(window)) >= 0) {
    const reason = 'Expected nothing after the end of the array, got more; it was not read.'
    yield [rejectRecord({ file, byteOffset: window.offset }, 'INVALID_JSON', reason)]
  } else if (window.failure !== null) {
    yield [rejectRecord({ file, byteOffset: window.offset }, window.failure.code, window.failure.reason)]
  }
}

/**
 * Reads the elements of an array with whose bracket the window begins, and consumes it.
 * @returns whether the array has an end
 */
export async function* readElements(
  window: ByteWindow,
  { file, mapper, maxLineBytes }: LineReaderOptions,
): AsyncGenerator<InputRecord[], boolean> {
  window.consume(1)
  let batch: InputRecord[] = []
  let batchStart = window.offset
  for (let row = 1; ; row++) {
    await peek(window)
    const place: Place = { file, row, byteOffset: window.offset }
    const end = await findElementEnd(window, maxLineBytes, new JsonElementScanner())
    if (end.at < 0) {
      const { failure } = window
      const reason = 'Expected "]" at the end of the array, got the end of the file; the last element may be cut off.'
      batch.push(rejectRecord(place, failure?.code ?? 'TRUNCATED_INPUT', failure?.reason ?? reason))
      yield batch
      return false
    }
    const closing = window.bytes[end.at]
    const bytes = window.bytes.subarray(0, end.at)
    const isEmptyArray = row === 1 && closing === CLOSE_BRACKET && bytes.length === 0
    if (end.isTooLong) {
      batch.push(
        rejectRecord(place, 'LINE_TOO_LONG', `Expected an element of at most ${maxLineBytes} bytes, got a longer one.`),
      )
    } else if (!isEmptyArray) batch.push(parseJsonRecord(bytes, place, mapper))
    window.consume(end.at + 1)
    if (closing === CLOSE_BRACKET) break
    if (batch.length >= BATCH_RECORDS || window.offset - batchStart >= BATCH_BYTES) {
      yield batch
      batch = []
      batchStart = window.offset
    }
  }
  if (batch.length > 0) yield batch
  return true
}

/** The next byte that is not white space, which the window then begins with, or −1 at the end. */
export async function peek(window: ByteWindow): Promise<number> {
  for (;;) {
    let at = 0
    while (at < window.bytes.length && isSpace(window.bytes[at]!)) at++
    window.consume(at)
    if (window.bytes.length > 0) return window.bytes[0]!
    if (window.ended) return -1
    await window.grow()
  }
}

/** Where the element at the window's front ends. One that is too long is consumed as it is scanned. */
export async function findElementEnd(
  window: ByteWindow,
  maxBytes: number,
  scanner: JsonElementScanner,
): Promise<{ at: number; isTooLong: boolean }> {
  let isTooLong = false
  let scanned = 0
  for (;;) {
    const at = scanner.scan(window.bytes, scanned)
    if (at >= 0) return { at, isTooLong: isTooLong || at > maxBytes }
    if (window.ended) return { at, isTooLong }
    isTooLong ||= window.bytes.length > maxBytes
    if (isTooLong) window.consume(window.bytes.length)
    scanned = window.bytes.length
    await window.grow()
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}
