import { optionError } from '../../errors.js'
import type { ByteSpan } from '../byte-span.js'
import { NEWLINE } from '../byte-window.js'
import { openCsv } from '../csv/read-csv.js'
import { DocumentMapper } from '../mapping/document-mapper.js'
import { openParquetRows, type RowGroupSpan } from '../parquet/parquet-rows.js'
import { ParquetThread } from '../parquet/parquet-thread.js'
import { type InputOptions, inputLimits, openWindow, readerOptions, type SpannedInput } from '../read-documents.js'
import { describeForeignBytes, MAGIC_BYTES } from '../sources/foreign-format.js'
import { type Input, resolveSources, STDIN } from '../sources/resolve-sources.js'
import { type FileStamp, stampFile } from './file-stamp.js'

/** A file, or a range of it, of a part. */
export interface PartInput extends SpannedInput {
  /** null where it cannot be opened: reading it will say why. */
  readonly stamp: FileStamp | null
}

/** A share of an input that can be read alone, as plain JSON. The parts of an input, one after the other, give what all of it gives. */
export interface InputPart {
  /** Place among the parts, from 0. */
  readonly index: number
  /** One file or a range of it; many files only where each is one text. */
  readonly inputs: readonly PartInput[]
  /** Bytes in files, about. */
  readonly bytes: number
}

/** About what a worker embeds in a minute or two. */
export const PART_BYTES = 4 * 1024 * 1024

type Cut = Omit<InputPart, 'index'>

/**
 * Cuts inputs into parts: ranges of lines of JSONL and text, of records of CSV, of row groups of Parquet, and groups of text files. What is
 * compressed, in another encoding than UTF-8, or a JSON array is one part. Reads all of JSONL and CSV once, in little memory.
 * @param partBytes bytes of a part, from 1; a part ends with the first record that reaches them
 * @throws InputError as `readDocuments` does; `INVALID_OPTION` for stdin
 */
export async function* planParts(
  sources: readonly string[],
  options: InputOptions = {},
  partBytes = PART_BYTES,
): AsyncGenerator<InputPart> {
  if (sources.includes(STDIN))
    throw optionError('Expected files that every worker can read, got - for stdin; write it to a file first.')
  const { format, onNotice } = options
  let index = 0
  for await (const cut of cutInputs(await resolveSources(sources, { format, onNotice }), options, partBytes))
    yield { index: index++, ...cut }
}

async function* cutInputs(inputs: readonly Input[], options: InputOptions, partBytes: number): AsyncGenerator<Cut> {
  await using thread = new ParquetThread(inputLimits(options).parquetStallMs)
  let texts: PartInput[] = []
  let bytes = 0
  for (const input of inputs) {
    const stamp = await stampFile(input.path).catch(() => null)
    if (texts.length > 0 && (input.format !== 'text' || bytes >= partBytes)) {
      yield { inputs: texts, bytes }
      texts = []
      bytes = 0
    }
    if (input.format === 'text') {
      texts.push({ ...input, stamp })
      bytes += stamp?.bytes ?? 0
    } else if (stamp === null) yield { inputs: [{ ...input, stamp }], bytes: 0 }
    else if (input.format === 'parquet') yield* cutParquet(input, stamp, thread, partBytes)
    else yield* cutBytes(input, stamp, options, partBytes)
  }
  if (texts.length > 0) yield { inputs: texts, bytes }
}

async function* cutParquet(
  input: Input,
  stamp: FileStamp,
  thread: ParquetThread,
  partBytes: number,
): AsyncGenerator<Cut> {
  const opened = input.compression === null ? await openParquetRows(input.path, thread) : null
  if (opened === null || 'kind' in opened) {
    yield { inputs: [{ ...input, stamp }], bytes: stamp.bytes }
    return
  }
  const { rowGroups } = opened.footer
  const rows = rowGroups.reduce((sum, count) => sum + count, 0)
  const bytesOf = (groups: RowGroupSpan) => {
    const taken = rowGroups.slice(groups.from, groups.to).reduce((sum, count) => sum + count, 0)
    return Math.ceil((stamp.bytes * taken) / Math.max(1, rows))
  }
  for (let from = 0; from < Math.max(1, rowGroups.length); ) {
    let to = from + 1
    while (to < rowGroups.length && bytesOf({ from, to }) < partBytes) to++
    yield { inputs: [{ ...input, stamp, groups: { from, to } }], bytes: bytesOf({ from, to }) }
    from = to
  }
}

/** Parts of a file of lines or of a table; one where it cannot be cut. */
async function* cutBytes(
  input: Input,
  stamp: FileStamp,
  options: InputOptions,
  partBytes: number,
): AsyncGenerator<Cut> {
  let from: Pick<ByteSpan, 'from' | 'line'> = { from: 0, line: 1 }
  const part = (to: number | null): Cut => ({
    inputs: [{ ...input, stamp, span: { ...from, to } }],
    bytes: (to ?? stamp.bytes) - from.from,
  })
  // cuts are found before it is known that all of the file is in UTF-8: they stand only if it is
  const cuts: Cut[] = []
  for await (const place of findCuts(input, options, partBytes)) {
    if (place === null) {
      cuts.length = 0
      from = { from: 0, line: 1 }
      break
    }
    if (place.from >= stamp.bytes) continue
    cuts.push(part(place.from))
    from = place
  }
  yield* cuts
  yield part(null)
}

/** Where a file may be cut; null in place of further cuts where it may not be at all. */
async function* findCuts(
  input: Input,
  options: InputOptions,
  partBytes: number,
): AsyncGenerator<Pick<ByteSpan, 'from' | 'line'> | null> {
  const { format, compression } = input
  const isUtf8 = options.encoding === undefined || new TextDecoder(options.encoding).encoding === 'utf-8'
  if (compression !== null || !isUtf8 || format === 'json' || format === null) return
  let isOther = false
  await using window = openWindow(input, options, 0, () => {
    isOther = true
  })
  await window.fill(MAGIC_BYTES)
  if (describeForeignBytes(window.bytes) !== null) return
  let cut = 0
  if (format === 'csv' || format === 'tsv') {
    const mapper = new DocumentMapper({ ...options, maxTextBytes: inputLimits(options).maxTextBytes })
    const opened = await openCsv(window, { ...readerOptions(input, options, mapper), onNotice: undefined })
    if (opened === null || 'kind' in opened) return
    while ((await opened.reader.next()) !== null) {
      const { byteOffset: from = 0, line = 1 } = opened.reader.place
      if (from - cut < partBytes) continue
      yield { from, line }
      cut = from
    }
  } else {
    await window.skipByteOrderMark()
    let line = 1
    while (!window.ended || window.bytes.length > 0) {
      const end = window.bytes.indexOf(NEWLINE)
      if (end < 0) {
        if (window.ended) break
        window.consume(window.bytes.length)
        await window.grow()
        continue
      }
      window.consume(end + 1)
      line++
      if (window.offset - cut < partBytes) continue
      yield { from: window.offset, line }
      cut = window.offset
    }
  }
  if (isOther || window.failure !== null) yield null
}
