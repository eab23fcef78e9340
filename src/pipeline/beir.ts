import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError } from '../errors.js'
import type { Judgements } from '../scoring/metrics.js'

/** Questions with judgements, beside a corpus, in BEIR's folder format. */
export interface BeirDataset {
  readonly name: string
  /** Path of corpus.jsonl. */
  readonly corpus: string
  /** Queries that have at least one judgement, in the order of the file. */
  readonly queries: readonly { readonly id: string; readonly text: string }[]
  /** Query id → document id → grade. */
  readonly qrels: ReadonlyMap<string, Judgements>
}

/**
 * Reads queries and judgements of a BEIR directory: corpus.jsonl, queries.jsonl, qrels.tsv or qrels/test.tsv.
 * @throws InputError `DATASET_INVALID` naming the file and the line
 */
export async function readBeirDataset(folder: string): Promise<BeirDataset> {
  const corpus = join(folder, 'corpus.jsonl')
  await requireFile(corpus, folder)
  const queriesFile = join(folder, 'queries.jsonl')
  await requireFile(queriesFile, folder)
  const qrels = await readQrels(folder)
  const queries: { id: string; text: string }[] = []
  for (const [line, text] of (await readLines(queriesFile)).entries()) {
    const query = parseQuery(text, queriesFile, line + 1)
    if (qrels.has(query.id)) queries.push(query)
  }
  if (queries.length === 0) {
    throw new InputError(
      'DATASET_INVALID',
      `${folder}: expected queries with judgements, found none whose id stands in the qrels.`,
    )
  }
  return { name: folder.split(/[\\/]/).filter(Boolean).at(-1) ?? folder, corpus, queries, qrels }
}

function parseQuery(line: string, file: string, lineNumber: number): { id: string; text: string } {
  try {
    const { _id, text } = JSON.parse(line) as { _id: unknown; text: unknown }
    if ((typeof _id === 'string' || typeof _id === 'number') && typeof text === 'string')
      return { id: String(_id), text }
  } catch {}
  throw new InputError(
    'DATASET_INVALID',
    `${file}, line ${lineNumber}: expected an object with "_id" and "text", got ${line.slice(0, 80)}`,
  )
}

async function readQrels(folder: string): Promise<Map<string, Map<string, number>>> {
  const file = (await isThere(join(folder, 'qrels.tsv')))
    ? join(folder, 'qrels.tsv')
    : join(folder, 'qrels', 'test.tsv')
  await requireFile(file, folder)
  const qrels = new Map<string, Map<string, number>>()
  for (const [i, line] of (await readLines(file)).entries()) {
    const [query, document, score] = line.split('\t')
    const grade = Number(score)
    if (i === 0 && Number.isNaN(grade)) continue // the header
    if (query === undefined || document === undefined || score === undefined || Number.isNaN(grade)) {
      throw new InputError(
        'DATASET_INVALID',
        `${file}, line ${i + 1}: expected query id, document id and score with tabs between, got ${line.slice(0, 80)}`,
      )
    }
    const judgements = qrels.get(query) ?? new Map<string, number>()
    judgements.set(document, grade)
    qrels.set(query, judgements)
  }
  return qrels
}

async function readLines(file: string): Promise<string[]> {
  return (await readFile(file, 'utf8')).split(/\r?\n/).filter((line) => line.trim() !== '')
}

async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}

async function requireFile(file: string, folder: string): Promise<void> {
  if (await isThere(file)) return
  throw new InputError(
    'DATASET_INVALID',
    `${folder}: expected a BEIR directory with corpus.jsonl, queries.jsonl and qrels.tsv (or qrels/test.tsv); ${file} is missing.`,
  )
}
