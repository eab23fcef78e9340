import { DEFAULT_MODELS } from '../encoders/default-models.js'
import { InputError, optionError } from '../errors.js'
import { given, isIterable, isObject, rejectUnknownOptions, requireList, requireString } from '../options.js'
import { METHODS } from '../pipeline/collection/methods.js'
import { openCollectionPlan } from '../pipeline/collection/open-collection.js'
import { type BeirDataset, readBeirDataset } from '../pipeline/search/beir.js'
import { type EvaluateOptions, type Evaluation, evaluate } from '../pipeline/search/evaluate.js'
import {
  EVALUATION_METHODS,
  type EvaluationMethod,
  parseEvaluationMethods,
} from '../pipeline/search/evaluation-methods.js'
import { parseMetrics } from '../pipeline/search/evaluation-metrics.js'
import { EncoderPool } from '../pool/encoder-pool.js'
import { type CollectionPlace, PLACE_OPTIONS, withCollection } from './collection-place.js'

/** A question, and which documents answer it. */
export interface JudgedQuestion {
  readonly id: string
  readonly text: string
  /** Document id → grade, higher is better; documents that are not named have the grade 0. */
  readonly judgements: Readonly<Record<string, number>>
}

/** What `evaluate` can be told. */
export interface EvaluateCollectionOptions
  extends CollectionPlace,
    Pick<EvaluateOptions, 'onProgress' | 'onQuery' | 'signal'> {
  /** Ways to search that are compared. @default all that the collection has vectors for */
  readonly methods?: readonly EvaluationMethod[]
  /** nDCG, R, P, RR, AP, Success, each with @k. @default nDCG@10, R@10, R@100, RR@10 */
  readonly metrics?: readonly string[]
  /** Judgements in `qrels/NAME.tsv` of a BEIR directory. @default 'test' */
  readonly split?: string
  /** Worker threads, 1 … 512. @default the usable cores */
  readonly workers?: number
}

const EVALUATE_OPTIONS = [
  ...PLACE_OPTIONS,
  ...(['methods', 'metrics', 'split', 'workers', 'onProgress', 'onQuery', 'signal'] as const),
]

/**
 * Measures how well a collection answers questions: each is searched by each method, and the hits are held against the judgements.
 * Nothing is stored: {@link ingestSources} fills the collection before. Store and threads are opened, and closed again.
 * @param questions judged questions, or a BEIR directory with queries.jsonl and qrels
 * @returns for each method the mean of each metric over the questions, 0 … 1
 * @throws InputError `UNKNOWN_OPTION`, `INVALID_OPTION`, `DATASET_INVALID`, `COLLECTION_MISMATCH`
 * @throws StoreError `STORE_MISSING`, `COLLECTION_MISSING`, …; ModelError `MODEL_CHANGED`, …
 * @example
 * const questions = [{ id: 'q1', text: 'What helps against gout?', judgements: { gout: 1 } }]
 * const { methods } = await evaluate(questions, { methods: ['bm25', 'default'], metrics: ['nDCG@10'] })
 * console.log(methods.default?.['nDCG@10'])
 */
export async function evaluateCollection(
  questions: string | Iterable<JudgedQuestion> | AsyncIterable<JudgedQuestion>,
  options: EvaluateCollectionOptions = {},
): Promise<Evaluation> {
  rejectUnknownOptions(options, EVALUATE_OPTIONS, 'evaluate')
  const { methods, metrics, split, workers, onProgress, onQuery, signal } = options
  requireString('evaluate', 'split', split)
  const measured = metrics && parseMetrics(requireList('evaluate', 'metrics', metrics).join(','))
  const named = methods && parseEvaluationMethods(requireList('evaluate', 'methods', methods))
  const dataset = typeof questions === 'string' ? await readBeirDataset(questions, split) : await datasetOf(questions)
  return withCollection('evaluate', options, 'read', async (store, collection) => {
    const plan = await openCollectionPlan(store, collection, DEFAULT_MODELS)
    const present = METHODS.filter((method) => plan.vectors[method] !== undefined)
    const possible = (Object.keys(EVALUATION_METHODS) as EvaluationMethod[]).filter((method) =>
      EVALUATION_METHODS[method].needs.every((need) => present.includes(need)),
    )
    const impossible = named?.find((method) => !possible.includes(method))
    if (impossible !== undefined) {
      throw new InputError(
        'METHOD_MISSING',
        `evaluate: method "${impossible}" needs ${EVALUATION_METHODS[impossible].needs.join(' and ')} vectors; collection "${collection}" has ${present.join(', ')}.`,
      )
    }
    await using pool = await EncoderPool.create(given({ workers }))
    const opened = { store, collection, plan, encoder: pool.encoder(plan.spec) }
    const evaluating = given({ metrics: measured, onProgress, onQuery, signal })
    return await evaluate(dataset, opened, named ?? possible, evaluating)
  })
}

/** @throws InputError `INVALID_OPTION`, `DATASET_INVALID` */
async function datasetOf(questions: Iterable<JudgedQuestion> | AsyncIterable<JudgedQuestion>): Promise<BeirDataset> {
  if (!isIterable(questions)) {
    throw optionError('evaluate: expected a BEIR directory, or a list or stream of judged questions.')
  }
  const queries: { id: string; text: string }[] = []
  const qrels = new Map<string, ReadonlyMap<string, number>>()
  for await (const question of questions) {
    const { id, text, judgements } = question ?? {}
    const isJudged = isObject(judgements) && Object.values(judgements).every(Number.isFinite)
    if (typeof id !== 'string' || typeof text !== 'string' || !isJudged || qrels.has(id)) {
      throw new InputError(
        'DATASET_INVALID',
        `evaluate: expected questions { id, text, judgements: { [documentId]: grade } }, each id once; question ${queries.length + 1} is none.`,
      )
    }
    queries.push({ id, text })
    qrels.set(id, new Map(Object.entries(judgements)))
  }
  if (queries.length === 0) throw new InputError('DATASET_INVALID', 'evaluate: expected questions, got none.')
  return { name: 'questions', corpus: '', queries, qrels }
}
