import { ByteWindow } from './byte-window.js'
import { checkText } from './document-mapper.js'
import { BATCH_BYTES, BATCH_RECORDS, type InputRecord, rejectRecord } from './input-record.js'
import { openBytes } from './open-bytes.js'
import { rejectInvalidUtf8 } from './reject-invalid-utf8.js'
import type { Input } from './resolve-sources.js'

/** Reads text files as one document each: the id, also in the payload, is the path below the given directory. */
export async function* readTextFiles(inputs: readonly Input[], maxTextBytes: number): AsyncGenerator<InputRecord[]> {
  let batch: InputRecord[] = []
  let bytes = 0
  for (const input of inputs) {
    const record = await readTextFile(input, maxTextBytes)
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

async function readTextFile(input: Input, maxTextBytes: number): Promise<InputRecord> {
  const place = { file: input.path }
  const window = new ByteWindow(openBytes(input.path, input.compression))
  try {
    await window.skipByteOrderMark()
    while (!window.ended && window.bytes.length <= maxTextBytes) await window.grow()
  } finally {
    await window.close()
  }
  if (window.failure !== null) return rejectRecord(place, window.failure.code, window.failure.reason)
  if (window.bytes.length > maxTextBytes) {
    return rejectRecord(
      place,
      'TEXT_TOO_LONG',
      `Expected at most ${maxTextBytes} bytes of text, got a longer file; split it into shorter documents.`,
    )
  }
  const invalid = rejectInvalidUtf8(window.bytes, { ...place, byteOffset: window.offset })
  if (invalid !== null) return invalid
  const text = checkText(window.bytes.toString('utf8'), maxTextBytes, 'the file')
  if (!('value' in text)) return rejectRecord(place, text.code, text.reason)
  const id = input.relativePath
  return { kind: 'document', document: { id, text: text.value, payload: { id } }, place }
}
