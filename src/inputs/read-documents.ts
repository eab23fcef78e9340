import { InputError, rejectUnknownOptions } from '../errors.js'
import { ByteWindow } from './byte-window.js'
import { DocumentMapper } from './document-mapper.js'
import { KNOWN_ENDINGS } from './input-format.js'
import { type InputRecord, rejectRecord } from './input-record.js'
import { openBytes, streamBytes } from './open-bytes.js'
import { ParquetThread } from './parquet-thread.js'
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
  /** Longest time without progress in a Parquet file, in milliseconds from 100, before its row group is given up as damaged. @default 30000 */
  readonly parquetStallMs?: number | undefined
  /** What the source `-` reads. @default process.stdin */
  readonly stdin?: NodeJS.ReadableStream | undefined
}

const OPTION_NAMES = ['text', 'id', 'maxTextBytes', 'maxLineBytes', 'parquetStallMs', 'stdin'] as const
const MAX_TEXT_BYTES = 10 * 1024 * 1024
const MAX_LINE_BYTES = 64 * 1024 * 1024
const PARQUET_STALL_MS = 30_000
/** Just under the longest string that V8 makes. */
const LONGEST_LINE_BYTES = 536_870_000

/**
 * Reads files, directories, patterns and stdin (`-`) as documents, in batches and in the order of the sources. A record that gives no document is
 * rejected with its place and reason and never ends the run; a broken file ends with one rejection.
 * @throws InputError `INPUT_NOT_FOUND`, `INPUT_UNREADABLE`, `UNSUPPORTED_FORMAT`, `UNKNOWN_OPTION`, `INVALID_OPTION`, all before anything is read
 */
export async function* readDocuments(
  sources: readonly string[],
  options: InputOptions = {},
): AsyncGenerator<InputRecord[]> {
  checkOptions(options)
  const inputs = await resolveSources(sources)
  const thread = new ParquetThread(options.parquetStallMs ?? PARQUET_STALL_MS)
  try {
    for (let at = 0; at < inputs.length; ) {
      const input = inputs[at]!
      if (input.format === 'text') {
        const end = inputs.findIndex((other, i) => i > at && other.format !== 'text')
        const texts = inputs.slice(at, end < 0 ? inputs.length : end)
        yield* readTextFiles(texts, options.maxTextBytes ?? MAX_TEXT_BYTES)
        at += texts.length
      } else {
        yield* readInput(input, options, thread)
        at++
      }
    }
  } finally {
    await thread.close()
  }
}

async function* readInput(input: Input, options: InputOptions, thread: ParquetThread): AsyncGenerator<InputRecord[]> {
  const { path: file, format, compression } = input
  if (format === null) {
    yield [rejectRecord({ file }, 'UNSUPPORTED_FORMAT', `Expected a file that ends in one of ${KNOWN_ENDINGS}.`)]
    return
  }
  const { text, id, maxTextBytes = MAX_TEXT_BYTES, maxLineBytes = MAX_LINE_BYTES, stdin = process.stdin } = options
  const mapper = new DocumentMapper({ text, id, maxTextBytes })
  if (format === 'parquet') {
    if (compression === null) yield* readParquet(file, mapper, thread)
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
  checkRange('maxTextBytes', options.maxTextBytes, 1, LONGEST_LINE_BYTES)
  checkRange('maxLineBytes', options.maxLineBytes, 1, LONGEST_LINE_BYTES)
  checkRange('parquetStallMs', options.parquetStallMs, 100, 86_400_000)
}

function checkRange(name: string, value: number | undefined, min: number, max: number): void {
  if (value !== undefined && (!Number.isSafeInteger(value) || value < min || value > max)) {
    throw new InputError(
      'INVALID_OPTION',
      `readDocuments: ${name} must be a whole number from ${min} to ${max}, got ${value}.`,
    )
  }
}
