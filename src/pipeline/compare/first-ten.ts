import type { PointId } from '../../document.js'
import { dotProduct } from '../../scoring/dot-product.js'
import { prepareMaxSim } from '../../scoring/max-sim.js'
import { sparseDotProduct } from '../../scoring/sparse-dot-product.js'
import { murmur3 } from '../../tokenizers/words/murmur3.js'
import type { Vector } from '../../vectors.js'
import type { VectorPoint } from './vector-source.js'

/** How many results of a query are compared. */
const RESULTS = 10
/** Rows of a multivector that stand for a question: ColBERT's questions have as many. */
const QUERY_ROWS = 32

/** A document whose vectors are taken for a question on both sides. */
export interface SampleQuery {
  readonly id: PointId
  readonly a: VectorPoint['vectors']
  readonly b: VectorPoint['vectors']
}

/** Keeps the documents whose ids have the lowest hashes: the same ones in every run, whatever the order. */
export class SampleQueries {
  readonly #size: number
  #kept: { readonly order: number; readonly query: SampleQuery }[] = []

  constructor(size: number) {
    this.#size = size
  }

  offer(query: SampleQuery): void {
    const order = murmur3(String(query.id)) >>> 0
    if (this.#kept.length >= this.#size && order >= (this.#kept.at(-1)?.order ?? -1)) return
    // one id may stand in a file several times
    if (this.#kept.some((each) => each.query.id === query.id)) return
    this.#kept = [...this.#kept, { order, query }].sort((x, y) => x.order - y.order).slice(0, this.#size)
  }

  get all(): readonly SampleQuery[] {
    return this.#kept.map(({ query }) => query)
  }
}

/** Scores of a question's vector with those of documents; null where they have nothing in common. */
export function prepareScore(query: Vector): (document: Vector) => number | null {
  if ('indices' in query) return (document) => ('indices' in document ? sparseDotProduct(query, document) : null)
  if (query instanceof Float32Array) {
    return (document) => {
      if (!(document instanceof Float32Array) || document.length !== query.length) return null
      const length = Math.sqrt(dotProduct(document, 0, document, 0, document.length))
      return length === 0 ? null : dotProduct(query, 0, document, 0, query.length) / length
    }
  }
  const rows = Math.min(QUERY_ROWS, query.rows)
  const score = prepareMaxSim({ ...query, rows, values: query.values.subarray(0, rows * query.dimension) })
  return (document) =>
    'rows' in document && document.rows > 0 && document.dimension === query.dimension ? score(document) : null
}

/** The ids with the best scores, best first; equal scores in the order of their ids. */
export class FirstTen {
  #kept: { readonly id: string; readonly score: number }[] = []

  offer(id: PointId, score: number | null): void {
    if (score === null || (this.#kept.length === RESULTS && score < this.#kept.at(-1)!.score)) return
    this.#kept = [...this.#kept, { id: String(id), score }]
      .sort((x, y) => y.score - x.score || (x.id < y.id ? -1 : 1))
      .slice(0, RESULTS)
  }

  get ids(): readonly string[] {
    return this.#kept.map(({ id }) => id)
  }
}
