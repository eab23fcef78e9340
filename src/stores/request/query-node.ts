import type { PointId } from '../../document.js'
import type { Vector } from '../../vectors.js'
import type { FilterNode } from './filter.js'
import type { Formula } from './formula.js'
import type { OrderBy } from './order-by-parse.js'

/** One level of a query, parsed and validated: a search, or a step over the results of its prefetches. */
export interface QueryNode<Example> {
  readonly prefetch: readonly QueryNode<Example>[]
  /** Null: the points in the order of their ids. */
  readonly query: Query<Example> | null
  /** Name of the vector that is searched; empty is the unnamed one. */
  readonly using: string
  readonly filter: FilterNode | null
  readonly scoreThreshold: number | null
  readonly limit: number
  readonly params: SearchParams
  /** Where the ids used as vectors are looked up; null is the collection itself. */
  readonly lookup: { readonly collection: string; readonly vector: string | null } | null
}

/** How a search of dense vectors uses an approximate index where there is one. */
export interface SearchParams {
  /** Compare all vectors. */
  readonly isExact: boolean
  /** Candidates among which the nearest are chosen; null is the index's own number. */
  readonly hnswEf: number | null
}

export const DEFAULT_PARAMS: SearchParams = { isExact: false, hnswEf: null }

/** An example of a request: a vector, or the id of a point that has one. */
export type RawExample = Vector | PointId

/** What ranks the points of one level. */
export type Query<Example> =
  | { readonly kind: 'nearest'; readonly example: Example }
  | { readonly kind: 'mmr'; readonly example: Example; readonly diversity: number; readonly candidates: number }
  | ({ readonly kind: 'recommend' } & Recommendation<Example>)
  | { readonly kind: 'discover'; readonly target: Example; readonly pairs: readonly ContextPair<Example>[] }
  | { readonly kind: 'context'; readonly pairs: readonly ContextPair<Example>[] }
  | ({ readonly kind: 'feedback' } & Feedback<Example>)
  | { readonly kind: 'orderBy'; readonly order: OrderBy }
  | { readonly kind: 'rrf'; readonly k: number; readonly weights: readonly number[] | null }
  | { readonly kind: 'dbsf' }
  | { readonly kind: 'formula'; readonly formula: Formula }
  | { readonly kind: 'sample' }

export interface Recommendation<Example> {
  readonly positive: readonly Example[]
  readonly negative: readonly Example[]
  readonly strategy: 'average_vector' | 'best_score' | 'sum_scores'
}

export interface ContextPair<Example> {
  readonly positive: Example
  readonly negative: Example
}

export interface Feedback<Example> {
  readonly target: Example
  readonly feedback: readonly { readonly example: Example; readonly score: number }[]
  readonly a: number
  readonly b: number
  readonly c: number
}

/** All examples of a query in the order in which the server looks them up. */
export function examplesOf<Example>(query: Query<Example> | null): Example[] {
  switch (query?.kind) {
    case 'nearest':
    case 'mmr':
      return [query.example]
    case 'recommend':
      return [...query.positive, ...query.negative]
    case 'discover':
      return [query.target, ...query.pairs.flatMap(({ positive, negative }) => [positive, negative])]
    case 'context':
      return query.pairs.flatMap(({ positive, negative }) => [positive, negative])
    case 'feedback':
      return [query.target, ...query.feedback.map(({ example }) => example)]
    default:
      return []
  }
}

/** The query with every example as `one` gives it; a recommendation has what `some` makes of each of its lists. */
export function mapExamples<From, To>(
  query: Query<From>,
  one: (example: From) => To,
  some: (examples: readonly From[]) => readonly To[],
): Query<To> {
  const both = (pairs: readonly ContextPair<From>[]) =>
    pairs.map(({ positive, negative }) => ({ positive: one(positive), negative: one(negative) }))
  switch (query.kind) {
    case 'nearest':
    case 'mmr':
      return { ...query, example: one(query.example) }
    case 'recommend':
      return { ...query, positive: some(query.positive), negative: some(query.negative) }
    case 'discover':
      return { ...query, target: one(query.target), pairs: both(query.pairs) }
    case 'context':
      return { ...query, pairs: both(query.pairs) }
    case 'feedback': {
      const target = one(query.target)
      return {
        ...query,
        target,
        feedback: query.feedback.map(({ example, score }) => ({ example: one(example), score })),
      }
    }
    default:
      return query
  }
}
