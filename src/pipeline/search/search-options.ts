import type { Filter, Hit } from '../../stores/store.js'
import type { ListWeights, Method } from '../collection/collection-plan.js'

export interface SearchOptions {
  /** Lists that take part. @default those that the collection has */
  readonly methods?: readonly Method[]
  /** @default 'dbsf' */
  readonly fusion?: 'dbsf' | 'rrf'
  /**
   * How much each list counts, from 0; a list of weight 0 only finds candidates for late interaction.
   * @default 1 for each; in a fusion by score of all lists, what the collection's metadata say
   */
  readonly weights?: ListWeights | undefined
  /** Let late interaction alone order the fused candidates. @default false */
  readonly rerank?: boolean
  /** Hits wanted. @default 10 */
  readonly limit?: number
  /** Length of each prefetched list. @default 100 */
  readonly prefetch?: number
  readonly filter?: Filter
}

/** 1-based ranks of a hit in each list, null where it was not in that list. */
export type Ranks = Readonly<Record<Method | 'fused', number | null>>

/** A hit with its place in every list that was fused. */
export interface RankedHit extends Hit {
  /** What the document was called in the input, else the point's id. */
  readonly documentId: string | number
  readonly ranks: Ranks
}
