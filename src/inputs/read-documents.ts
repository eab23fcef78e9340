import { optionError } from '../errors.js'
import { given, invalidOption, rejectUnknownOptions, requireChoice, requireString } from '../options.js'
import type { ByteSpan } from './byte-span.js'
import { ByteWindow } from './byte-window.js'
import { type CsvReaderOptions, readCsv } from './csv/read-csv.js'
import type { InputNotice, OnNotice } from './input-notice.js'
import { BATCH_RECORDS, type InputRecord, rejectRecord } from './input-record.js'
import { readJson } from './json/read-json.js'
import { readJsonLines } from './json/read-jsonl.js'
import { DocumentMapper } from './mapping/document-mapper.js'
import {
  checkMapping,
  type DocumentMapping,
  FORMAT_NAMES,
  MAPPING_NAMES,
  type RecordFormat,
} from './mapping/document-mapping.js'
import { FieldWatch } from './mapping/field-watch.js'
import { requireFields, requireSeen } from './mapping/require-fields.js'
import { openParquetRows, type RowGroupSpan } from './parquet/parquet-rows.js'
import { ParquetThread } from './parquet/parquet-thread.js'
import { readParquet } from './parquet/read-parquet.js'
import { describeForeignBytes, MAGIC_BYTES } from './sources/foreign-format.js'
import { INPUT_FORMATS, KNOWN_ENDINGS } from './sources/input-format.js'
import { openBytes, streamBytes } from './sources/open-bytes.js'
import { type Input, resolveSources, STDIN } from './sources/resolve-sources.js'
import { checkEncoding, toUtf8 } from './sources/to-utf8.js'
import { readTextFiles } from './text/read-text-files.js'
import { readTextLines } from './text/read-text-lines.js'

export interface InputOptions extends DocumentMapping, RecordFormat {
  /** Longest text of a document, in UTF-8 bytes, from 1. @default 10485760 */
  readonly maxTextBytes?: number | undefined
  /** Longest line or record of a file, in bytes, from 1 to 536870000. @default 67108864 */
  readonly maxLineBytes?: number | undefined
  /** Longest time without progress in a Parquet file, in milliseconds from 100, before its row group is given up as damaged. @default 30000 */
  readonly parquetStallMs?: number | undefined
  /** What the source `-` reads. @default process.stdin */
  readonly stdin?: NodeJS.ReadableStream | undefined
  /** Called with what was found out about the input: what a folder holds, how a CSV file is written. */
  readonly onNotice?: OnNotice | undefined
  /**
   * Whether it is an error, in place of rejections, if all records, or the first 256 of a single file, lack the field of the text or of the id; and
   * unless it is `text`, if none has a field of `title`, `fields` or `exclude`. @default false
   */
  readonly requireFields?: boolean | 'text' | undefined
}

const OPTION_NAMES = [
  ...MAPPING_NAMES,
  ...FORMAT_NAMES,
  'maxTextBytes',
  'maxLineBytes',
  'parquetStallMs',
  'stdin',
  'onNotice',
  'requireFields',
] as const
const LIMITS = { maxTextBytes: 10 * 1024 * 1024, maxLineBytes: 64 * 1024 * 1024, parquetStallMs: 30_000 }
/** Just under the longest string that V8 makes. */
const LONGEST_LINE_BYTES = 536_870_000

/**
 * Reads files, directories, patterns and stdin (`-`) as documents, in batches and in the order of the sources. A record that gives no document is
 * rejected with its place and reason and never ends the run; a broken file ends with one rejection.
 * @throws InputError `INPUT_NOT_FOUND`, `INPUT_UNREADABLE`, `UNSUPPORTED_FORMAT`, `UNKNOWN_OPTION`, `INVALID_OPTION`, all before anything is read;
 * with `requireFields` `MISSING_TEXT`, `MISSING_ID` and `MISSING_FIELD` before anything is given
 */
export async function* readDocuments(
  sources: readonly string[],
  options: InputOptions = {},
): AsyncGenerator<InputRecord[]> {
  checkOptions(options)
  const { format, onNotice } = options
  const inputs = await resolveSources(sources, { format, onNotice })
  const told = { ...options, onNotice: onNotice && tellOnce(onNotice) }
  if (!options.requireFields) return yield* readInputs(inputs, told)
  const isSingle = inputs.length === 1
  const watch = options.requireFields === 'text' ? undefined : new FieldWatch(options)
  if (watch !== undefined && !isSingle) await requireInputs(inputs, told, watch)
  const records = requireFields(readInputs(inputs, { ...told, watch }), isSingle)
  yield* watch !== undefined && isSingle ? requireSeen(records, watch, inputs[0]!.path, told.onNotice) : records
}

/**
 * Looks into one file after the other, until each field that is looked for was seen.
 * @throws InputError `MISSING_FIELD`
 */
async function requireInputs(inputs: readonly Input[], options: InputOptions, watch: FieldWatch): Promise<void> {
  // stdin is read once
  if (watch.isDone || inputs.some(({ path }) => path === STDIN)) return
  await using thread = new ParquetThread(inputLimits(options).parquetStallMs)
  let isWhole = true
  for (const input of inputs) {
    if (watch.isDone) return
    if (input.format === 'text') continue
    if (input.format === 'parquet') {
      const opened = await openParquetRows(input.path, thread)
      if (!('kind' in opened)) watch.seeColumns(opened.footer.columns)
      continue
    }
    let records = 0
    for await (const batch of readInput(input, { ...options, onNotice: undefined, watch }, thread)) {
      records += batch.length
      if (!watch.isDone && records < BATCH_RECORDS) continue
      isWhole &&= input.format === 'csv' || input.format === 'tsv'
      break
    }
  }
  if (watch.isDone || !watch.hasSeen) return
  if (isWhole) throw watch.missingField(`${inputs.length} files`)
  const message = `the first records of ${inputs.length} files: ${watch.describeMissing()} A later record may have it.`
  options.onNotice?.({ kind: 'no-field', file: inputs[0]!.path, message })
}

/** An input, or the part of it that is read. */
export interface SpannedInput extends Input {
  /** Of a file of lines or a table. @default the whole file */
  readonly span?: ByteSpan | undefined
  /** Of a Parquet file. @default all */
  readonly groups?: RowGroupSpan | undefined
}

interface WatchedOptions extends InputOptions {
  /** Is shown what is read. */
  readonly watch?: FieldWatch | undefined
}

/** The records of inputs, in their order. */
export async function* readInputs(
  inputs: readonly SpannedInput[],
  options: WatchedOptions,
): AsyncGenerator<InputRecord[]> {
  const { maxTextBytes, parquetStallMs } = inputLimits(options)
  const { encoding } = options
  await using thread = new ParquetThread(parquetStallMs)
  for (let at = 0; at < inputs.length; ) {
    const input = inputs[at]!
    if (input.format === 'text') {
      const end = inputs.findIndex((other, i) => i > at && other.format !== 'text')
      const texts = inputs.slice(at, end < 0 ? inputs.length : end)
      yield* readTextFiles(texts, { maxTextBytes, encoding })
      at += texts.length
    } else {
      yield* readInput(input, options, thread)
      at++
    }
  }
}

async function* readInput(
  input: SpannedInput,
  options: WatchedOptions,
  thread: ParquetThread,
): AsyncGenerator<InputRecord[]> {
  const { path: file, format, span } = input
  if (format === null) {
    yield [rejectRecord({ file }, 'UNSUPPORTED_FORMAT', `Expected a file that ends in one of ${KNOWN_ENDINGS}.`)]
    return
  }
  const { maxTextBytes } = inputLimits(options)
  const { onNotice } = options
  const mapper = new DocumentMapper({ ...options, maxTextBytes })
  if (format === 'parquet') {
    if (input.compression === null && file !== STDIN) yield* readParquet(file, mapper, thread, onNotice, input.groups)
    else {
      const reason =
        'Expected a Parquet file that is not compressed as a whole and no stream, since it is not read from front to back; write it to a file first.'
      yield [rejectRecord({ file }, 'UNSUPPORTED_FORMAT', reason)]
    }
    return
  }
  const notices = new DialectNotices(onNotice)
  const isTable = format === 'csv' || format === 'tsv'
  // what comes after the beginning is told what was found out there
  const isRest = span !== undefined && span.from > 0
  await using window = openWindow(input, options, isTable && isRest ? 0 : span?.from, (found) =>
    notices.encoding(file, found),
  )
  await using rest = isTable && isRest ? openWindow(input, options, span.from) : undefined
  await window.fill(MAGIC_BYTES)
  const foreign = isRest ? null : describeForeignBytes(window.bytes, file === STDIN)
  if (foreign !== null) {
    yield [rejectRecord({ file }, 'UNSUPPORTED_FORMAT', `Expected text, got ${foreign}.`)]
    return
  }
  const lines = readerOptions(input, options, mapper)
  if (format === 'jsonl') yield* readJsonLines(window, lines)
  else if (format === 'json') yield* readJson(window, lines)
  else if (format === 'lines') yield* readTextLines(window, { ...lines, maxTextBytes })
  else yield* readCsv(window, { ...lines, onNotice: notices.tell }, rest)
}

/** The bytes of a file in UTF-8, from one on; whoever opens it closes it. @param onGuess without it nothing is guessed */
export function openWindow(
  { path, format, compression }: Input,
  { encoding, stdin = process.stdin }: InputOptions,
  from = 0,
  onGuess?: (encoding: string) => void,
): ByteWindow {
  const bytes = path === STDIN ? streamBytes(stdin) : openBytes(path, compression, from)
  const guess = onGuess !== undefined && (format === 'csv' || format === 'tsv')
  return new ByteWindow(toUtf8(bytes, { encoding, guess, onGuess }), from)
}

/** The limits of the options, or those that hold without them. */
export function inputLimits(options: InputOptions): typeof LIMITS {
  const { maxTextBytes, maxLineBytes, parquetStallMs } = options
  return { ...LIMITS, ...given({ maxTextBytes, maxLineBytes, parquetStallMs }) }
}

/** What the readers of lines and tables are told. */
export function readerOptions(
  { path, format, span }: SpannedInput,
  options: InputOptions,
  mapper: DocumentMapper,
): CsvReaderOptions {
  const { maxLineBytes } = inputLimits(options)
  const { onNotice, delimiter, strings } = options
  const usual = format === 'tsv' ? '\t' : ','
  return { file: path, mapper, maxLineBytes, onNotice, delimiter, strings, usual, span }
}

/** Tells how a CSV file is written in one line, with its encoding if that was found out by then. */
class DialectNotices {
  readonly #onNotice: OnNotice | undefined
  #encoding = ''
  #isTold = false

  constructor(onNotice: OnNotice | undefined) {
    this.#onNotice = onNotice
  }

  readonly tell: OnNotice = (notice) => {
    if (notice.kind !== 'dialect') return this.#onNotice?.(notice)
    this.#isTold = true
    this.#onNotice?.({ ...notice, message: `${notice.message}${this.#encoding}` })
  }

  encoding(file: string, found: string): void {
    if (this.#isTold) this.#onNotice?.({ kind: 'encoding', file, message: `text in ${found}` })
    else this.#encoding = `, text in ${found}`
  }
}

/** Of many files that are alike, what is true of all is told once. */
function tellOnce(onNotice: OnNotice): OnNotice {
  const told = new Set<string>()
  return (notice: InputNotice) => {
    if (told.has(notice.message)) return
    told.add(notice.message)
    onNotice(notice)
  }
}

function checkOptions(options: InputOptions): void {
  rejectUnknownOptions(options, OPTION_NAMES, 'readDocuments')
  checkMapping('readDocuments', options)
  const { delimiter, encoding, strings, requireFields, onNotice } = options
  requireChoice('readDocuments', 'format', options.format, INPUT_FORMATS)
  requireString('readDocuments', 'encoding', encoding)
  checkEncoding('readDocuments', encoding)
  if (
    delimiter !== undefined &&
    (typeof delimiter !== 'string' || !/^[\t\x20-\x7e]$/.test(delimiter) || delimiter === '"')
  ) {
    throw invalidOption('readDocuments', 'delimiter', 'one ASCII character that is no quote', delimiter)
  }
  requireChoice('readDocuments', 'strings', strings, [true, false])
  requireChoice('readDocuments', 'requireFields', requireFields, [true, false, 'text'])
  if (onNotice !== undefined && typeof onNotice !== 'function')
    throw invalidOption('readDocuments', 'onNotice', 'a function', onNotice)
  checkRange('maxTextBytes', options.maxTextBytes, 1, LONGEST_LINE_BYTES)
  checkRange('maxLineBytes', options.maxLineBytes, 1, LONGEST_LINE_BYTES)
  checkRange('parquetStallMs', options.parquetStallMs, 100, 86_400_000)
}

function checkRange(name: string, value: number | undefined, min: number, max: number): void {
  if (value !== undefined && (!Number.isSafeInteger(value) || value < min || value > max)) {
    throw optionError(`readDocuments: ${name} must be a whole number from ${min} to ${max}, got ${value}.`)
  }
}
