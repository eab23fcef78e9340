import { InputError, rejectUnknownOptions } from '../errors.js'
import { ByteWindow } from './byte-window.js'
import { DocumentMapper } from './document-mapper.js'
import { KNOWN_ENDINGS } from './input-format.js'
import { type InputRecord, rejectRecord } from './input-record.js'
import { openBytes, streamBytes } from './open-bytes.js'
import { readCsv } from './read-csv.js'
import { readJsonArray } from './read-json-array.js'
import { readJsonl } from './read-jsonl.js'
import { readParquet } from './read-parquet.js'
import { readTextFiles } from './read-text-files.js'
import { type Input, resolveSources, STDIN } from './resolve-sources.js'

export type { InputRecord, Place } from './input-record.js'

export interface InputOptions {
  /** Path of the text field. @default the first present of text, passage_text, document, content, body */
  readonly text?: string | undefined
  /** Path of the id field. @default the first present of id, _id, qa_id */
  readonly id?: string | undefined
  /** Longest text of a document, in UTF-8 bytes, from 1. @default 10485760 */
  readonly maxTextBytes?: number | undefined
  /** Longest line or record of a file, in bytes, from 1 to 536870000. @default 67108864 */
  readonly maxLineBytes?: number | undefined
  /** What the source `-` reads. @default process.stdin */
  readonly stdin?: NodeJS.ReadableStream | undefined
}

const OPTION_NAMES = ['text', 'id', 'maxTextBytes', 'maxLineBytes', 'stdin'] as const
const MAX_TEXT_BYTES = 10 * 1024 * 1024
const MAX_LINE_BYTES = 64 * 1024 * 1024
/** Just under the longest string that V8 makes. */
const LONGEST_LINE_BYTES = 536_870_000

/**
 * Reads files, directories, patterns and stdin (`-`) as documents, in batches and in the order of the sources. A record that gives no document is
 * rejected with its place and reason and never ends the run; a broken file ends with one rejection.
 * @throws InputError `INPUT_NOT_FOUND`, `INPUT_UNREADABLE`, `UNSUPPORTED_FORMAT`, `ZSTD_UNSUPPORTED`, `UNKNOWN_OPTION`, `INVALID_OPTION`, all before anything is read
 */
export async function* readDocuments(
  sources: readonly string[],
  options: InputOptions = {},
): AsyncGenerator<InputRecord[]> {
  checkOptions(options)
  const inputs = await resolveSources(sources)
  for (let at = 0; at < inputs.length; ) {
    const input = inputs[at]!
    if (input.format === 'text') {
      const end = inputs.findIndex((other, i) => i > at && other.format !== 'text')
      const texts = inputs.slice(at, end < 0 ? inputs.length : end)
      yield* readTextFiles(texts, options.maxTextBytes ?? MAX_TEXT_BYTES)
      at += texts.length
    } else {
      yield* readInput(input, options)
      at++
    }
  }
}

async function* readInput(input: Input, options: InputOptions): AsyncGenerator<InputRecord[]> {
  const { path: file, format, compression } = input
  if (format === null) {
    yield [rejectRecord({ file }, 'UNSUPPORTED_FORMAT', `Expected a file that ends in one of ${KNOWN_ENDINGS}.`)]
    return
  }
  const { text, id, maxTextBytes = MAX_TEXT_BYTES, maxLineBytes = MAX_LINE_BYTES, stdin = process.stdin } = options
  const mapper = new DocumentMapper({ text, id, maxTextBytes })
  if (format === 'parquet') {
    if (compression === null) yield* readParquet(file, mapper)
    else
      yield [
        rejectRecord(
          { file },
          'UNSUPPORTED_FORMAT',
          'Expected a Parquet file that is not compressed as a whole, since it is not read from front to back; decompress it first.',
        ),
      ]
    return
  }
  const window = new ByteWindow(file === STDIN ? streamBytes(stdin) : openBytes(file, compression))
  try {
    const lines = { file, mapper, maxLineBytes }
    if (format === 'jsonl') yield* readJsonl(window, lines)
    else if (format === 'json') yield* readJsonArray(window, lines)
    else yield* readCsv(window, { ...lines, delimiter: format === 'tsv' ? '\t' : ',' })
  } finally {
    await window.close()
  }
}

function checkOptions(options: InputOptions): void {
  rejectUnknownOptions(options, OPTION_NAMES, 'readDocuments')
  for (const name of ['text', 'id'] as const) {
    const value = options[name]
    if (value !== undefined && (typeof value !== 'string' || value === '')) {
      throw new InputError(
        'INVALID_OPTION',
        `readDocuments: ${name} must be the name of a field, got ${JSON.stringify(value)}.`,
      )
    }
  }
  checkBytes('maxTextBytes', options.maxTextBytes, LONGEST_LINE_BYTES)
  checkBytes('maxLineBytes', options.maxLineBytes, LONGEST_LINE_BYTES)
}

function checkBytes(name: string, value: number | undefined, max: number): void {
  if (value !== undefined && (!Number.isSafeInteger(value) || value < 1 || value > max)) {
    throw new InputError(
      'INVALID_OPTION',
      `readDocuments: ${name} must be a whole number from 1 to ${max}, got ${value}.`,
    )
  }
}
