import { Counter, Gauge, type Registry, Summary } from 'prom-client'
import type { CollectionPlan } from '../pipeline/collection/collection-plan.js'
import { cosineSimilarity } from '../scoring/distance.js'
import type { Hit, QueryRequest } from '../stores/store.js'
import type { ReadStore } from '../stores/store-thread-task.js'

/** Queries that the mean of the last ones reaches back, about. */
const RECENT = 500
/** Points whose mean stands for all of a collection. Their ids are hashes, so the first ones are as good as any. */
const SAMPLE = 256
/** Collections that are watched: each has figures of its own, and there is no end to names. */
const MOST_COLLECTIONS = 100

interface Means {
  /** Of the last queries' dense vectors. */
  readonly queries: Float32Array
  asked: number
  /** Of the sampled documents' dense vectors, times their number; null where they are not read yet, or have none. */
  documents: Float32Array | null
  isReading: boolean
}

const NOTHING: Means = { queries: new Float32Array(0), asked: 0, documents: null, isReading: false }

/**
 * What tells that questions or documents are not any more what they were: how good the best hit of each list is, how often there is none, and how near
 * the questions of late are to the documents.
 */
export class SearchDrift {
  readonly #bestScore: Summary
  readonly #empty: Counter
  readonly #collections = new Map<string, Means>()

  constructor(registry: Registry) {
    const labelNames = ['collection', 'vector']
    this.#bestScore = new Summary({
      name: 'offgrid_search_best_score',
      help: 'Score of the best hit of each list; sum by count is its mean',
      labelNames,
      percentiles: [],
      registers: [registry],
    })
    this.#empty = new Counter({
      name: 'offgrid_search_empty_lists_total',
      help: 'Searches for which a list found nothing',
      labelNames,
      registers: [registry],
    })
    const similarity: Gauge = new Gauge({
      name: 'offgrid_search_query_similarity',
      help: 'Cosine of the mean of the last 500 questions and the mean of documents, by dense vectors',
      labelNames: ['collection'],
      registers: [registry],
      collect: () => {
        for (const [collection, { queries, asked, documents }] of this.#collections) {
          if (documents === null || asked === 0) continue
          similarity.set({ collection }, cosineSimilarity(queries, 0, documents, 0, queries.length))
        }
      },
    })
  }

  /**
   * Notes a search. The documents of a collection are sampled once, and again after {@link forget}, beside the searches.
   * @param lists the requests of its batch and their hits; those without a `using` fuse others
   */
  searched(
    collection: string,
    plan: CollectionPlan,
    lists: readonly { readonly request: QueryRequest; readonly hits: readonly Hit[] }[],
    store: Pick<ReadStore, 'scroll'>,
  ): void {
    const means = this.#collections.get(collection) ?? { ...NOTHING }
    if (!this.#collections.has(collection) && this.#collections.size === MOST_COLLECTIONS) return
    this.#collections.set(collection, means)
    const { dense } = plan.vectors
    const planned = Object.values(plan.vectors)
    // the hits of a search by one list are asked for twice
    for (const [vector, { request, hits }] of new Map(lists.map((list) => [list.request.using, list]))) {
      // chunks stand beside whole documents, and there may be none
      const isOfChunks = planned.some(
        ({ vector: own, documentVector }) => own === vector && documentVector !== undefined,
      )
      if (typeof vector !== 'string' || isOfChunks) continue
      const labels = { collection, vector: vector === '' ? 'unnamed' : vector }
      const [best] = hits
      if (best === undefined) this.#empty.inc(labels)
      else this.#bestScore.observe(labels, best.score)
      if (vector === (dense?.documentVector ?? dense?.vector))
        this.#asked(collection, means, vector, request.query, store)
    }
  }

  /** Lets go of what was known of the documents: they have changed. */
  forget(): void {
    for (const means of this.#collections.values()) means.documents = null
  }

  #asked(collection: string, means: Means, vector: string, query: unknown, store: Pick<ReadStore, 'scroll'>): void {
    if (!isVector(query)) return
    if (means.queries.length !== query.length)
      Object.assign(means, NOTHING, { queries: new Float32Array(query.length) })
    means.asked += 1
    const share = 1 / Math.min(means.asked, RECENT)
    for (let i = 0; i < query.length; i++) means.queries[i]! += share * (query[i]! - means.queries[i]!)
    if (means.documents !== null || means.isReading) return
    means.isReading = true
    sumOfDocuments(store, collection, vector, query.length)
      // a store that was closed meanwhile: the next search reads it
      .catch(() => null)
      .then((documents) => {
        means.isReading = false
        if (documents?.length === means.queries.length) means.documents = documents
      })
  }
}

/** Null where no document has the vector. */
async function sumOfDocuments(
  store: Pick<ReadStore, 'scroll'>,
  collection: string,
  vector: string,
  length: number,
): Promise<Float32Array | null> {
  const { points } = await store.scroll(collection, { limit: SAMPLE, payload: false, vectors: [vector] })
  const sum = new Float32Array(length)
  for (const { vectors } of points) {
    const found: unknown = Array.isArray(vectors) ? vectors : vectors?.[vector as keyof typeof vectors]
    if (isVector(found) && found.length === length) for (let i = 0; i < length; i++) sum[i]! += found[i]!
  }
  return sum.some((value) => value !== 0) ? sum : null
}

function isVector(value: unknown): value is readonly number[] {
  return Array.isArray(value) && typeof value[0] === 'number'
}
