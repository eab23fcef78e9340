import { isDeepStrictEqual } from 'node:util'
import type { Vector } from '../../../vectors.js'
import type { Query, QueryNode } from '../../request/query-node.js'
import type { Ranking } from './ranking.js'

/** The rankings of levels that have run, by what the levels say. */
export class RankingMemory {
  readonly #known = new Map<string, { readonly level: QueryNode<Vector>; readonly ranking: Ranking }[]>()
  #version = -1

  /**
   * The ranking of a level that says the same, else what `run` gives. Random samples are not remembered.
   * @param version of the collection; what was found in another is forgotten
   */
  recall(version: number, level: QueryNode<Vector>, run: () => Ranking): Ranking {
    if (isRandom(level)) return run()
    if (version !== this.#version) this.#known.clear()
    this.#version = version
    const key = keyOf(level)
    const alike = this.#known.get(key) ?? []
    const same = alike.find((known) => isDeepStrictEqual(known.level, level))
    if (same) return same.ranking
    const ranking = run()
    this.#known.set(key, [...alike, { level, ranking }])
    return ranking
  }
}

function isRandom({ query, prefetch }: QueryNode<Vector>): boolean {
  return query?.kind === 'sample' || prefetch.some(isRandom)
}

/** Tells most levels apart, so that few are compared as a whole. */
function keyOf({ query, using, limit, prefetch }: QueryNode<Vector>): string {
  return JSON.stringify([query?.kind, using, limit, prefetch.length, query && firstValues(query)])
}

function firstValues(query: Query<Vector>): readonly number[] | null {
  if (query.kind !== 'nearest') return null
  const { example } = query
  return Array.from((example instanceof Float32Array ? example : example.values).subarray(0, 4))
}
