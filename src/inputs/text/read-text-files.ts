import { stat } from 'node:fs/promises'
import { type Payload, STORED_FIELDS } from '../../document.js'
import { ByteWindow } from '../byte-window.js'
import { BATCH_BYTES, BATCH_RECORDS, type InputRecord, rejectRecord } from '../input-record.js'
import { checkText } from '../mapping/document-mapper.js'
import { renameField } from '../mapping/payload-fields.js'
import { rejectInvalidUtf8 } from '../reject-invalid-utf8.js'
import { describeForeignBytes } from '../sources/foreign-format.js'
import { openBytes } from '../sources/open-bytes.js'
import type { Input } from '../sources/resolve-sources.js'
import { toUtf8 } from '../sources/to-utf8.js'
import { splitFrontMatter } from './front-matter.js'

export interface TextFileOptions {
  readonly maxTextBytes: number
  /** @default UTF-8 */
  readonly encoding?: string | undefined
}

/**
 * Reads text files as one document each. The id is the file's path, see {@link Input}; it is in the payload with the time of the last change and
 * the fields at the front of Markdown, which are not part of the text.
 */
export async function* readTextFiles(
  inputs: readonly Input[],
  options: TextFileOptions,
): AsyncGenerator<InputRecord[]> {
  let batch: InputRecord[] = []
  let bytes = 0
  for (const input of inputs) {
    const record = await readTextFile(input, options)
    batch.push(record)
    bytes += record.kind === 'document' ? record.document.text.length : 0
    if (batch.length >= BATCH_RECORDS || bytes >= BATCH_BYTES) {
      yield batch
      batch = []
      bytes = 0
    }
  }
  if (batch.length > 0) yield batch
}

async function readTextFile(input: Input, { maxTextBytes, encoding }: TextFileOptions): Promise<InputRecord> {
  const place = { file: input.path }
  await using window = new ByteWindow(toUtf8(openBytes(input.path, input.compression), { encoding }))
  await window.skipByteOrderMark()
  while (!window.ended && window.bytes.length <= maxTextBytes) await window.grow()
  if (window.failure !== null) return rejectRecord(place, window.failure.code, window.failure.reason)
  if (window.bytes.length > maxTextBytes) {
    return rejectRecord(
      place,
      'TEXT_TOO_LONG',
      `Expected at most ${maxTextBytes} bytes of text, got a longer file; split it into shorter documents.`,
    )
  }
  const foreign = describeForeignBytes(window.bytes)
  if (foreign !== null) return rejectRecord(place, 'UNSUPPORTED_FORMAT', `Expected text, got ${foreign}.`)
  const invalid = rejectInvalidUtf8(window.bytes, { ...place, byteOffset: window.offset })
  if (invalid !== null) return invalid
  const content = window.bytes.toString('utf8')
  const isMarkdown = /\.(?:md|markdown)(?:\.(?:gz|zst))?$/i.test(input.path)
  const { fields, text: body } = isMarkdown ? splitFrontMatter(content) : { fields: {}, text: content }
  const text = checkText(body, maxTextBytes, 'the file')
  if (!('value' in text)) return rejectRecord(place, text.code, text.reason)
  const { id, formerId } = input
  const modified = (await stat(input.path).catch(() => null))?.mtime.toISOString() ?? null
  const payload = withOwnFields(fields, { id, path: id, modified })
  return { kind: 'document', document: { id, text: text.value, payload }, place, formerId }
}

/** Fields of the file's own beside ours, which keep their names. */
function withOwnFields(fields: Payload, ours: Payload): Payload {
  let own = fields
  for (const name of [...Object.keys(ours), STORED_FIELDS.text])
    if (Object.hasOwn(own, name)) own = renameField(own, name)
  return { ...ours, ...own }
}
