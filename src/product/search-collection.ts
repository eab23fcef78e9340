import { DEFAULT_MODELS } from '../encoders/default-models.js'
import { openEncoder } from '../encoders/open-encoder.js'
import { InputError, optionError } from '../errors.js'
import { rejectUnknownOptions, requireChoice, requireCount, requireList, requireString } from '../options.js'
import { checkWeights } from '../pipeline/collection/list-weights.js'
import { METHODS } from '../pipeline/collection/methods.js'
import { openCollectionPlan } from '../pipeline/collection/open-collection.js'
import { resolveCollection } from '../pipeline/collection/resolve-collection.js'
import { withReranker } from '../pipeline/search/rerank-hits.js'
import { search } from '../pipeline/search/search.js'
import type { RankedHit, SearchOptions } from '../pipeline/search/search-options.js'
import { usableCores } from '../pool/usable-cores.js'
import { type CollectionPlace, PLACE_OPTIONS, withCollection } from './collection-place.js'

/** What `search` can be told. */
export interface SearchCollectionOptions extends CollectionPlace, SearchOptions {
  /** A cross-encoder that orders the fused hits, as many as are prefetched, by their texts; their scores are its logits. @default none */
  readonly rerankModel?: string
}

const SEARCH_OPTIONS = ['methods', 'fusion', 'rerank', 'limit', 'prefetch', 'filter', 'weights'] as const

/** @throws InputError `UNKNOWN_OPTION`, `INVALID_OPTION` */
export function checkSearchOptions(where: string, options: SearchOptions): void {
  rejectUnknownOptions(options, SEARCH_OPTIONS, where)
  requireCount(where, 'limit', options.limit)
  requireCount(where, 'prefetch', options.prefetch)
  requireChoice(where, 'fusion', options.fusion, ['dbsf', 'rrf'])
  requireChoice(where, 'rerank', options.rerank, [true, false])
  if (options.weights !== undefined) checkWeights(where, options.weights)
  for (const method of requireList(where, 'methods', options.methods ?? [])) {
    requireChoice(where, 'methods', method, METHODS)
  }
}

/**
 * Answers a question by hybrid search, as `offgrid search` does: dense and BM25 prefetched, late interaction over both, all fused.
 * Which models encode the question is what the collection was filled with. The store is opened to be read, and closed again.
 * A program that asks often keeps the models open: it takes an `InferenceServer`, or an `InferenceClient`.
 * @returns the hits, the best first; in a collection of chunks each document once, by its best chunk
 * @throws InputError `EMPTY_QUERY`, `UNKNOWN_OPTION`, `INVALID_OPTION`, `METHOD_MISSING`, `COLLECTION_MISMATCH`
 * @throws StoreError `STORE_MISSING`, `COLLECTION_MISSING`, `REQUEST_REFUSED`, `STORE_UNREACHABLE`, …
 * @throws ModelError `MODEL_CHANGED`, `MODEL_FILE_MISSING`, …
 * @example
 * const [best] = await search('What helps against gout?', { limit: 3 })
 * console.log(best?.documentId, best?.payload?.document)
 */
export async function searchCollection(question: string, options: SearchCollectionOptions = {}): Promise<RankedHit[]> {
  rejectUnknownOptions(options, [...PLACE_OPTIONS, ...SEARCH_OPTIONS, 'rerankModel'], 'search')
  const { store: _, collection: __, rerankModel, ...searching } = options
  requireString('search', 'rerankModel', rerankModel)
  if (rerankModel !== undefined && searching.rerank === true) {
    throw optionError('search: expected rerank or rerankModel, got both.')
  }
  checkSearchOptions('search', searching)
  if (typeof question !== 'string' || question.trim() === '') {
    throw new InputError('EMPTY_QUERY', 'search: expected a question, got nothing but white space.')
  }
  return withCollection('search', options, 'read', async (store, name) => {
    const collection = await resolveCollection(store, name)
    const plan = await openCollectionPlan(store, collection, DEFAULT_MODELS)
    const threads = usableCores()
    return withReranker(rerankModel, threads, async (scorePairs) => {
      const encoder = await openEncoder({ ...plan.spec, threads })
      try {
        return await search({ store, collection, plan, encoder }, question, searching, scorePairs)
      } finally {
        await encoder.close()
      }
    })
  })
}
