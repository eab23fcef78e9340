import type { PointId } from '../../document.js'
import type { FieldCheck } from './field-check.js'
import type { PayloadPath } from './payload-path.js'

/** A filter as the engine works with it: every clause a list, empty where there is no constraint. */
export interface FilterNode {
  readonly must: readonly Condition[]
  readonly mustNot: readonly Condition[]
  readonly should: readonly Condition[]
  readonly minShould: { readonly conditions: readonly Condition[]; readonly minCount: number } | null
}

export type Condition =
  | { readonly kind: 'field'; readonly path: PayloadPath; readonly check: FieldCheck }
  | { readonly kind: 'isEmpty'; readonly path: PayloadPath }
  | { readonly kind: 'isNull'; readonly path: PayloadPath }
  | { readonly kind: 'hasId'; readonly ids: ReadonlySet<PointId> }
  | { readonly kind: 'hasVector'; readonly name: string }
  | { readonly kind: 'nested'; readonly path: PayloadPath; readonly filter: FilterNode }
  | { readonly kind: 'filter'; readonly filter: FilterNode }

export const EMPTY_FILTER: FilterNode = { must: [], mustNot: [], should: [], minShould: null }

/** The conditions of a filter at every depth; a filter inside counts with what it holds. */
export function countConditions({ must, mustNot, should, minShould }: FilterNode): number {
  let count = 0
  for (const conditions of [must, mustNot, should, minShould?.conditions ?? []]) {
    for (const condition of conditions) {
      count += condition.kind === 'filter' || condition.kind === 'nested' ? countConditions(condition.filter) : 1
    }
  }
  return count
}

/** A filter that keeps these points out. */
export function exceptIds(ids: Iterable<PointId>): FilterNode {
  return { ...EMPTY_FILTER, mustNot: [{ kind: 'hasId', ids: new Set(ids) }] }
}

/**
 * Both filters in one, as Qdrant merges a query's filter into its prefetches: clause by clause.
 * So `should` of one and `should` of the other are alternatives of each other, and the larger `min_count` counts for all conditions.
 */
export function mergeFilters(outer: FilterNode | null, inner: FilterNode | null): FilterNode | null {
  if (!outer) return inner
  if (!inner) return outer
  return {
    must: [...outer.must, ...inner.must],
    mustNot: [...outer.mustNot, ...inner.mustNot],
    should: [...outer.should, ...inner.should],
    minShould:
      outer.minShould && inner.minShould
        ? {
            conditions: [...outer.minShould.conditions, ...inner.minShould.conditions],
            minCount: Math.max(outer.minShould.minCount, inner.minShould.minCount),
          }
        : (outer.minShould ?? inner.minShould),
  }
}
