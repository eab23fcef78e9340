import { jsonObject } from '../../options.js'
import { type ByteWindow, NEWLINE } from '../byte-window.js'
import type { OnNotice } from '../input-notice.js'
import { type InputRecord, rejectRecord } from '../input-record.js'
import { JSON_ENDS, JsonElementScanner } from './json-element-scanner.js'
import { parseJsonRecord } from './parse-json-record.js'
import { findElementEnd, peek, readElements, readJsonArray } from './read-json-array.js'
import { type LineReaderOptions, readJsonl } from './read-jsonl.js'

export interface JsonReaderOptions extends LineReaderOptions {
  readonly onNotice?: OnNotice | undefined
}

const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const QUOTE = 0x22
/** So much of a file is looked at to find out what it holds. */
const SAMPLE_BYTES = 1024 * 1024
/** Fields of an object that a message names. */
const NAMED_FIELDS = 20

/**
 * Reads a .json file by what it holds: an array of objects, one object a line, an object with an array of objects in it
 * (`{ "data": [ … ] }`, the first there is), or a single object that is a document.
 */
export async function* readJson(window: ByteWindow, options: JsonReaderOptions): AsyncGenerator<InputRecord[]> {
  await window.skipByteOrderMark()
  if ((await peek(window)) !== OPEN_BRACE) {
    yield* readJsonArray(window, options)
    return
  }
  await window.fill(SAMPLE_BYTES)
  const { bytes } = window
  const lineEnd = bytes.indexOf(NEWLINE)
  const line = lineEnd >= 0 ? bytes.subarray(0, lineEnd) : window.ended ? bytes : null
  const more = line === null ? '' : bytes.toString('latin1', line.length).trim()
  if (
    line !== null &&
    more !== '' &&
    ((isClosed(line) && more.startsWith('{')) || jsonObject(line.toString('utf8')) !== null)
  ) {
    yield* readJsonl(window, options)
    return
  }
  const single = window.ended && window.failure === null ? jsonObject(bytes.toString('utf8')) : null
  if (single !== null && options.mapper.hasText(single)) {
    yield [parseJsonRecord(bytes, { file: options.file, row: 1, byteOffset: window.offset }, options.mapper)]
    window.consume(bytes.length)
  } else yield* readListWithin(window, options)
}

/** Whether a line ends as an object does, even if it does not parse. */
function isClosed(line: Buffer): boolean {
  return line.toString('latin1').trimEnd().endsWith('}')
}

/** Reads the first array of objects that is a field of the object with whose brace the window begins; what is beside it is passed over. */
async function* readListWithin(window: ByteWindow, options: JsonReaderOptions): AsyncGenerator<InputRecord[]> {
  const { file, maxLineBytes, onNotice } = options
  const names: string[] = []
  const skip = async (ends: readonly number[]) => findElementEnd(window, maxLineBytes, new JsonElementScanner(ends))
  window.consume(1)
  while ((await peek(window)) === QUOTE) {
    const name = await skip(JSON_ENDS.name)
    if (name.at < 0) break
    if (names.length < NAMED_FIELDS)
      names.push(window.bytes.toString('utf8', 1, name.at).replace(/"\s*$/, '').slice(0, 60))
    window.consume(name.at + 1)
    if ((await peek(window)) === OPEN_BRACKET && (await isListOfObjects(window))) {
      onNotice?.({ kind: 'list', file, message: `JSON: the objects of its field "${names.at(-1)}"` })
      if (!(yield* readElements(window, options))) return
      while (!window.ended) {
        window.consume(window.bytes.length)
        await window.grow()
      }
      const { failure } = window
      if (failure !== null) yield [rejectRecord({ file, byteOffset: window.offset }, failure.code, failure.reason)]
      return
    }
    const value = await skip(JSON_ENDS.value)
    if (value.at < 0) break
    const isLast = window.bytes[value.at] === CLOSE_BRACE
    window.consume(value.at + 1)
    if (isLast) break
  }
  const got = names.length === 0 ? 'one without fields' : `one with the fields ${names.join(', ')}`
  const reason = `Expected a JSON array of objects, one object a line, or an object with an array of objects in it, got ${got}; put the objects in [ ].`
  const { failure } = window
  yield [rejectRecord({ file, byteOffset: 0 }, failure?.code ?? 'NOT_AN_ARRAY', failure?.reason ?? reason)]
}

/** Whether the array with whose bracket the window begins has an object as its first element. */
async function isListOfObjects(window: ByteWindow): Promise<boolean> {
  for (let at = 1; ; at++) {
    while (at >= window.bytes.length && !window.ended) await window.grow()
    const byte = window.bytes[at]
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte === OPEN_BRACE
  }
}
