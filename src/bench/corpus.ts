import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError } from '../errors.js'
import { isFile } from '../files/path-stats.js'
import { readDocuments } from '../inputs/read-documents.js'
import { readBeirDataset } from '../pipeline/search/beir.js'

/** The texts of a benchmark, in files that every process reads. */
export interface BenchCorpus {
  /** The last part of the path. */
  readonly name: string
  readonly documents: string
  readonly queries: string
  readonly texts: number
  readonly characters: number
  /** The BEIR directory, where the corpus is one. */
  readonly dataset?: string
}

/** Queries for the latency row: enough for a 99th percentile. */
const QUERIES = 200
/** Words of a document that stand for a query where the corpus brings none. */
const QUERY_WORDS = 10

/**
 * Writes the first `limit` documents of a file or a BEIR directory, and queries, as JSONL into a folder.
 * @throws InputError `INPUT_NOT_FOUND`, `DATASET_INVALID`; `CORPUS_EMPTY` if there is no document
 */
export async function prepareCorpus(source: string, limit: number, folder: string): Promise<BenchCorpus> {
  const dataset = (await isFile(join(source, 'corpus.jsonl'))) ? await readBeirDataset(source) : null
  const texts: { id: string | number | null; text: string }[] = []
  for await (const records of readDocuments([dataset?.corpus ?? source])) {
    for (const record of records) {
      if (record.kind === 'document' && texts.length < limit)
        texts.push({ id: record.document.id, text: record.document.text })
    }
    if (texts.length >= limit) break
  }
  if (texts.length === 0) throw new InputError('CORPUS_EMPTY', `${source}: expected documents, found none.`)
  const queries = dataset?.queries.map(({ text }) => text) ?? texts.map(({ text }) => firstWords(text))
  const files = { documents: join(folder, 'documents.jsonl'), queries: join(folder, 'queries.jsonl') }
  await writeFile(files.documents, toJsonLines(texts))
  await writeFile(files.queries, toJsonLines(queries.slice(0, QUERIES).map((text) => ({ text }))))
  return {
    ...files,
    name: source.split(/[\\/]/).filter(Boolean).at(-1) ?? source,
    texts: texts.length,
    characters: texts.reduce((sum, { text }) => sum + text.length, 0),
    ...(dataset !== null && { dataset: source }),
  }
}

function firstWords(text: string): string {
  return text.split(/\s+/, QUERY_WORDS).join(' ')
}

function toJsonLines(values: readonly object[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('')
}
