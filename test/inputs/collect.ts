import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ByteWindow } from '../../src/inputs/byte-window.js'
import { readCsv } from '../../src/inputs/csv/read-csv.js'
import type { AcceptedRecord, InputRecord, RejectedRecord } from '../../src/inputs/input-record.js'
import { readJsonArray } from '../../src/inputs/json/read-json-array.js'
import { readJsonl } from '../../src/inputs/json/read-jsonl.js'
import { DocumentMapper } from '../../src/inputs/mapping/document-mapper.js'
import { type InputOptions, readDocuments } from '../../src/inputs/read-documents.js'

/** A folder of files that is gone when the work is done. */
export async function withFiles<T>(
  files: Record<string, string | Uint8Array>,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'offgrid-inputs-'))
  try {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true })
      await writeFile(join(folder, name), content)
    }
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

export async function collect(batches: AsyncIterable<InputRecord[]>): Promise<InputRecord[]> {
  const records: InputRecord[] = []
  for await (const batch of batches) records.push(...batch)
  return records
}

/** All records of one file with the given name and content. */
export async function readFileOf(
  name: string,
  content: string | Uint8Array,
  options: InputOptions = {},
): Promise<InputRecord[]> {
  return await withFiles({ [name]: content }, (folder) => collect(readDocuments([join(folder, name)], options)))
}

export function documentsOf(records: readonly InputRecord[]): AcceptedRecord[] {
  return records.filter((record) => record.kind === 'document')
}

export function rejectionsOf(records: readonly InputRecord[]): RejectedRecord[] {
  return records.filter((record) => record.kind === 'rejected')
}

export function textsOf(records: readonly InputRecord[]): string[] {
  return documentsOf(records).map(({ document }) => document.text)
}

/** What became of each record: its text, or the code of its rejection with the line or row. */
export function outcomesOf(records: readonly InputRecord[]): string[] {
  return records.map((record) =>
    record.kind === 'document'
      ? record.document.text
      : `${record.code}@${record.place.line ?? record.place.row ?? '-'}`,
  )
}

/** Reads chunks in memory as a file in the given format. */
export async function readChunks(
  format: 'jsonl' | 'json' | 'csv',
  chunks: Iterable<Buffer>,
  maxLineBytes = 2 ** 26,
  strings = false,
): Promise<InputRecord[]> {
  const window = new ByteWindow(stream(chunks))
  const options = { file: 'memory', mapper: new DocumentMapper({ maxTextBytes: 2 ** 24 }), maxLineBytes }
  if (format === 'jsonl') return await collect(readJsonl(window, options))
  if (format === 'json') return await collect(readJsonArray(window, options))
  return await collect(readCsv(window, { ...options, delimiter: ',', strings }))
}

async function* stream(chunks: Iterable<Buffer>): AsyncGenerator<Buffer> {
  yield* chunks
}
