import type { Encoder } from '../encoders/encoder.js'
import { InputError } from '../errors.js'
import { type Judgements, ndcgAt, recallAt, reciprocalRankAt } from '../scoring/metrics.js'
import type { QueryRequest, Store } from '../stores/store.js'
import type { BeirDataset } from './beir.js'
import type { CollectionPlan, Method } from './collection-plan.js'
import { buildSearch, documentIdOf, type QueryVectors, queryVectors, type SearchOptions } from './search.js'

/** Ways to search that can be compared. */
export type EvaluationMethod = 'dense' | 'bm25' | 'late' | 'dense+late' | 'rrf' | 'dbsf' | 'default' | 'rerank'

export const EVALUATION_METHODS: Readonly<
  Record<EvaluationMethod, { readonly needs: readonly Method[]; readonly what: string }>
> = {
  dense: { needs: ['dense'], what: 'dense vectors alone' },
  bm25: { needs: ['bm25'], what: 'BM25 alone' },
  late: { needs: ['dense', 'bm25', 'late'], what: 'late interaction over the first 100 of dense and of BM25' },
  'dense+late': { needs: ['dense', 'late'], what: 'late interaction over the first 100 of dense' },
  rrf: { needs: ['dense', 'bm25'], what: 'dense + BM25, 100 each, fused by rank (k = 2)' },
  dbsf: { needs: ['dense', 'bm25'], what: 'dense + BM25, 100 each, fused by score' },
  default: {
    needs: ['dense', 'bm25', 'late'],
    what: 'what search does: dense, BM25 and late interaction, fused by score',
  },
  rerank: {
    needs: ['dense', 'bm25', 'late'],
    what: 'what search --rerank does: the fused candidates ordered by late interaction',
  },
}

/** Means over the queries; each 0 … 1. */
export interface MethodResult {
  readonly 'nDCG@10': number
  readonly 'R@10': number
  readonly 'R@100': number
  readonly 'RR@10': number
  /** Wall time of the search in the store; encoding the query is not in it. */
  readonly secondsPerQuery: number
}

/** Queries encoded at once; long enough to group short queries of equal length. */
const QUERIES_PER_BATCH = 256

/** @throws InputError `INVALID_OPTION` for a method that is not known or that needs vectors which are not there */
export function parseEvaluationMethods(names: readonly string[], plan: CollectionPlan): EvaluationMethod[] {
  return names.map((name) => {
    const method = EVALUATION_METHODS[name as EvaluationMethod]
    if (method === undefined) {
      throw new InputError(
        'INVALID_OPTION',
        `--methods: expected some of ${Object.keys(EVALUATION_METHODS).join(', ')}; got "${name}".`,
      )
    }
    const missing = method.needs.filter((need) => plan.vectors[need] === undefined)
    if (missing.length > 0)
      throw new InputError(
        'INVALID_OPTION',
        `Method "${name}" needs ${missing.join(' and ')} vectors, which are not there.`,
      )
    return name as EvaluationMethod
  })
}

/** Searches every query by every method and holds the results against the judgements. */
export async function evaluate(
  dataset: BeirDataset,
  store: Store,
  collection: string,
  plan: CollectionPlan,
  encoder: Encoder,
  methods: readonly EvaluationMethod[],
  onProgress?: (done: number, total: number) => void,
): Promise<Record<string, MethodResult>> {
  const { queries, qrels } = dataset
  const sums = new Map(
    methods.map((method) => [method, { ndcg: 0, recall10: 0, recall100: 0, reciprocalRank: 0, seconds: 0 }]),
  )
  for (let begin = 0; begin < queries.length; begin += QUERIES_PER_BATCH) {
    const some = queries.slice(begin, begin + QUERIES_PER_BATCH)
    const encoded = await encoder.encode(
      some.map((query) => query.text),
      'query',
    )
    for (const [i, query] of some.entries()) {
      const vectors = queryVectors(encoded, i)
      const judgements: Judgements = qrels.get(query.id)!
      for (const method of methods) {
        const request = evaluationRequest(method, plan, vectors)
        const started = performance.now()
        const hits = await store.query(collection, request)
        const sum = sums.get(method)!
        sum.seconds += (performance.now() - started) / 1000
        // of a document's chunks the best one counts
        const ranked = [...new Set(hits.map((hit) => String(documentIdOf(hit, plan))))]
        sum.ndcg += ndcgAt(10, ranked, judgements)
        sum.recall10 += recallAt(10, ranked, judgements)
        sum.recall100 += recallAt(100, ranked, judgements)
        sum.reciprocalRank += reciprocalRankAt(10, ranked, judgements)
      }
      onProgress?.(begin + i + 1, queries.length)
    }
  }
  const mean = (total: number) => total / queries.length
  return Object.fromEntries(
    [...sums].map(([method, sum]) => [
      method,
      {
        'nDCG@10': mean(sum.ndcg),
        'R@10': mean(sum.recall10),
        'R@100': mean(sum.recall100),
        'RR@10': mean(sum.reciprocalRank),
        secondsPerQuery: mean(sum.seconds),
      },
    ]),
  )
}

function evaluationRequest(method: EvaluationMethod, plan: CollectionPlan, vectors: QueryVectors): QueryRequest {
  const build = (options: SearchOptions) => buildSearch(plan, vectors, { limit: 100, ...options }).main
  switch (method) {
    case 'dense':
    case 'bm25':
    case 'late':
      return build({ methods: [method] })
    case 'dense+late': {
      const { dense, late } = plan.vectors
      const prefetch = { query: vectors.dense, using: dense!.vector, limit: 100 }
      return { prefetch, query: vectors.late, using: late!.vector, limit: 100, with_payload: true } as QueryRequest
    }
    case 'rrf':
    case 'dbsf':
      return build({ methods: ['dense', 'bm25'], fusion: method })
    case 'default':
      return build({})
    case 'rerank':
      return build({ rerank: true })
  }
}
