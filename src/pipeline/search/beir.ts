import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError } from '../../errors.js'
import { isThere } from '../../files/path-stats.js'
import { getOrMake } from '../../get-or-make.js'
import { jsonObject } from '../../options.js'
import type { Judgements } from '../../scoring/metrics.js'

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
 * Reads queries and judgements of a BEIR directory: corpus.jsonl, queries.jsonl, and qrels.tsv, qrels.txt or qrels/test.tsv.
 * @param split name of the judgements in qrels/, without the ending
 * @throws InputError `DATASET_INVALID` naming the file and the line
 */
export async function readBeirDataset(folder: string, split?: string): Promise<BeirDataset> {
  const corpus = join(folder, 'corpus.jsonl')
  await requireFile(corpus, folder)
  const queriesFile = join(folder, 'queries.jsonl')
  await requireFile(queriesFile, folder)
  const qrels = await readQrels(folder, split)
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
  const { _id, text } = jsonObject(line) ?? {}
  if ((typeof _id === 'string' || typeof _id === 'number') && typeof text === 'string') return { id: String(_id), text }
  throw new InputError(
    'DATASET_INVALID',
    `${file}, line ${lineNumber}: expected an object with "_id" and "text", got ${line.slice(0, 80)}`,
  )
}

async function readQrels(folder: string, split: string | undefined): Promise<Map<string, Map<string, number>>> {
  const file = await findQrels(folder, split)
  const qrels = new Map<string, Map<string, number>>()
  for (const [i, line] of (await readLines(file)).entries()) {
    const judgement = parseJudgement(line)
    if (judgement === null && i === 0) continue // the header
    if (judgement === null) {
      throw new InputError(
        'DATASET_INVALID',
        `${file}, line ${i + 1}: expected query id, document id and score with tabs between, or TREC's form (query id, 0, document id, score), got ${line.slice(0, 80)}`,
      )
    }
    const [query, document, grade] = judgement
    getOrMake(qrels, query, () => new Map<string, number>()).set(document, grade)
  }
  return qrels
}

/** BEIR's form has three fields and tabs between; TREC's has four, and tabs or spaces. Null for what is neither. */
function parseJudgement(line: string): [query: string, document: string, grade: number] | null {
  const tabbed = line.split('\t')
  const fields = tabbed.length >= 3 ? tabbed : line.trim().split(/\s+/)
  const [query, document, score] = fields.length === 4 ? [fields[0], fields[2], fields[3]] : fields
  const grade = score === undefined || score.trim() === '' ? Number.NaN : Number(score)
  return query === undefined || document === undefined || Number.isNaN(grade) ? null : [query, document, grade]
}

async function findQrels(folder: string, split: string | undefined): Promise<string> {
  if (split !== undefined) {
    const file = join(folder, 'qrels', `${split}.tsv`)
    await requireFile(file, folder)
    return file
  }
  const files = [join(folder, 'qrels.tsv'), join(folder, 'qrels.txt'), join(folder, 'qrels', 'test.tsv')]
  for (const file of files) if (await isThere(file)) return file
  const file = files.at(-1)!
  await requireFile(file, folder)
  return file
}

async function readLines(file: string): Promise<string[]> {
  return (await readFile(file, 'utf8')).split(/\r?\n/).filter((line) => line.trim() !== '')
}

async function requireFile(file: string, folder: string): Promise<void> {
  if (await isThere(file)) return
  throw new InputError(
    'DATASET_INVALID',
    `${folder}: expected a BEIR directory with corpus.jsonl, queries.jsonl and qrels.tsv (or qrels.txt, qrels/test.tsv); ${file} is missing.`,
  )
}
