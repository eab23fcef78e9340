import { getOrMake } from '../../../get-or-make.js'
import { fuseByDistribution } from '../../../scoring/distribution-based-fusion.js'
import { fuseByReciprocalRank } from '../../../scoring/reciprocal-rank-fusion.js'
import { TopK } from '../../../scoring/top-k.js'
import type { Vector } from '../../../vectors.js'
import { type FilterNode, mergeFilters } from '../../request/filter.js'
import { mapExamples, type Query, type QueryNode } from '../../request/query-node.js'
import { wrongInput } from '../../request/refusal.js'
import { fitVector, type VectorSpace } from '../../table/vector-space.js'
import type { Collection } from '../collection/collection.js'
import { averageExamples } from './average-vector.js'
import { diversify } from './diversify.js'
import {
  bestScore,
  contextScore,
  discoveryScore,
  type ExampleScore,
  feedbackScore,
  sumScores,
} from './example-score.js'
import { compileFilter, type SlotTest } from './filter-test.js'
import { scoreByFormula } from './formula-score.js'
import { betterThan, type Candidates, liveSlots, searchNearest } from './nearest.js'
import { rankByPayload } from './order-by.js'
import {
  byOrderValues,
  concatRankings,
  cutRanking,
  keepOrderValues,
  keepWhere,
  type Ranking,
  rankScores,
  sliceRanking,
  unionSlots,
} from './ranking.js'
import { RankingMemory } from './ranking-memory.js'
import { pickRandom } from './sample.js'

/** Runs queries whose examples are vectors. A level that says the same as one that has run, in this query or another, is not run again. */
export class QueryRun {
  readonly #collection: Collection
  readonly #tests = new Map<FilterNode, SlotTest>()
  readonly #levels = new RankingMemory()

  constructor(collection: Collection) {
    this.#collection = collection
  }

  /**
   * The ranking of a root query before its offset is skipped.
   * @param excluded a filter that goes on top of the query's own
   */
  run(root: QueryNode<Vector>, offset: number, excluded: FilterNode | null): Ranking {
    const filter = mergeFilters(root.filter, excluded)
    const { query } = root
    // A random sample has no pages, and diversified results are picked up to the limit before any are skipped.
    if (query?.kind === 'sample' && root.prefetch.length === 0) return this.#runLevel(root, root.limit, filter, true)
    const limit = query?.kind === 'mmr' ? root.limit : root.limit + offset
    return sliceRanking(this.#runLevel(root, limit, filter, true), offset)
  }

  #runLevel(node: QueryNode<Vector>, limit: number, filter: FilterNode | null, isRoot: boolean): Ranking {
    // without prefetches, the root is a level as any other
    const level = { ...node, limit, filter, isRoot: isRoot && node.prefetch.length > 0 }
    // slots may have been numbered anew, or points have come, while the next query of a batch waited for its turn
    return this.#levels.recall(this.#collection.version, level, () => this.#runNewLevel(node, limit, filter, isRoot))
  }

  #runNewLevel(node: QueryNode<Vector>, limit: number, filter: FilterNode | null, isRoot: boolean): Ranking {
    if (node.prefetch.length === 0) {
      if (node.query && needsPrefetch(node.query)) throw wrongInput(noPrefetch(node.query))
      return this.#rank(node, limit, { slots: this.#slotsOf(filter), test: this.#testOf(filter) })
    }
    const isRootFusion = isRoot && (node.query?.kind === 'rrf' || node.query?.kind === 'dbsf')
    const sources = node.prefetch.map((inner) =>
      this.#runPrefetch(inner, mergeFilters(filter, inner.filter), isRootFusion),
    )
    return node.query?.kind === 'mmr' && !isRoot
      ? this.#diversifySources(node.using, node.query, limit, sources)
      : this.#combine(node, limit, sources)
  }

  /** A leaf with MMR is not diversified: it gives all its candidates, to a fusion at the root only the first `limit` of them. */
  #runPrefetch(node: QueryNode<Vector>, filter: FilterNode | null, isOfRootFusion: boolean): Ranking {
    if (node.prefetch.length > 0 || node.query?.kind !== 'mmr') return this.#runLevel(node, node.limit, filter, false)
    const { example, candidates } = node.query
    const nearest: QueryNode<Vector> = { ...node, query: { kind: 'nearest', example } }
    const ranking = this.#runLevel(nearest, candidates, filter, false)
    return isOfRootFusion ? sliceRanking(ranking, 0, node.limit) : ranking
  }

  /** MMR over prefetches below the root: all their points are candidates and keep their scores, whatever MMR's own limits. */
  #diversifySources(
    using: string,
    { example, diversity }: Extract<Query<Vector>, { kind: 'mmr' }>,
    limit: number,
    sources: readonly Ranking[],
  ): Ranking {
    const space = this.#collection.space(using)
    const candidates = keepWhere(concatRankings(sources), (slot) => this.#collection.hasVector(slot, using))
    return diversify(this.#collection, space, example, candidates, diversity, limit)
  }

  #combine(node: QueryNode<Vector>, limit: number, sources: readonly Ranking[]): Ranking {
    const { query, scoreThreshold } = node
    switch (query?.kind) {
      case 'rrf': {
        const { k, weights } = query
        if (weights && weights.length !== sources.length) {
          throw wrongInput(
            `Validation failed: RRF weights length (${weights.length}) does not match number of prefetches (${sources.length})`,
          )
        }
        const lists = sources.map(({ slots }) => slots)
        const scores = fuseByReciprocalRank(lists, weights ? { rrfK: k, weights } : { rrfK: k })
        return keepOrderValues(rankScores(this.#collection, scores, scoreThreshold, limit), sources)
      }
      case 'dbsf': {
        const scores = fuseByDistribution(sources.map(({ slots, scores }) => ({ items: slots, scores })))
        const all = rankScores(this.#collection, scores, null, scores.size)
        return cutRanking(byOrderValues(keepOrderValues(all, sources)), scoreThreshold, limit)
      }
      case 'formula': {
        const scores = scoreByFormula(this.#collection, query.formula, sources)
        return rankScores(this.#collection, scores, scoreThreshold, limit)
      }
      default:
        return this.#rank(node, limit, { slots: unionSlots(sources), test: null })
    }
  }

  /** Ranks candidates by a query that needs no lists of its own. */
  #rank(node: QueryNode<Vector>, limit: number, candidates: Candidates): Ranking {
    const { query, scoreThreshold, params } = node
    if (!query) return this.#firstById(candidates, limit)
    if (query.kind === 'orderBy') {
      return rankByPayload(this.#collection, this.#each(candidates), candidates.test, query.order, limit)
    }
    if (query.kind === 'sample') return pickRandom(this.#each(candidates), candidates.test, limit)
    const space = this.#collection.space(node.using)
    const fitted = fitQuery(query, space)
    const nearest = (example: Vector, count = limit) =>
      searchNearest(this.#collection, space, example, candidates, count, scoreThreshold, params)
    const best = (score: ExampleScore) => this.#rankByExamples(space, score, candidates, limit, scoreThreshold)
    switch (fitted.kind) {
      case 'nearest':
        return nearest(fitted.example)
      case 'mmr': {
        const found = nearest(fitted.example, fitted.candidates)
        const raw = (query as Extract<Query<Vector>, { kind: 'mmr' }>).example
        return diversify(this.#collection, space, raw, found, fitted.diversity, limit)
      }
      case 'recommend':
        if (fitted.strategy === 'average_vector') {
          return nearest(fitVector(space, averageExamples(fitted.positive, fitted.negative)))
        }
        return best((fitted.strategy === 'best_score' ? bestScore : sumScores)(this.#collection, space, fitted))
      case 'discover':
        return best(discoveryScore(this.#collection, space, fitted.target, fitted.pairs))
      case 'context':
        return best(contextScore(this.#collection, space, fitted.pairs))
      case 'feedback':
        return best(feedbackScore(this.#collection, space, fitted))
      default:
        throw new TypeError(`query kind ${fitted.kind} does not rank candidates`)
    }
  }

  #rankByExamples(
    space: VectorSpace,
    score: ExampleScore,
    candidates: Candidates,
    limit: number,
    threshold: number | null,
  ): Ranking {
    const top = new TopK(limit, this.#collection.compareSlots)
    for (const slot of this.#each(candidates)) {
      if (!this.#collection.hasVector(slot, space.name) || (candidates.test && !candidates.test(slot))) continue
      top.offer(slot, score(slot))
    }
    const { items, scores } = top.sorted()
    const ranking = { slots: items, scores }
    if (threshold === null) return ranking
    // as on the server: larger scores go first, but what a threshold lets through is decided as for the distance
    const isKept = betterThan(space, threshold)
    const end = scores.findIndex((value) => !isKept(value))
    return end === -1 ? ranking : sliceRanking(ranking, 0, end)
  }

  #firstById({ slots, test }: Candidates, limit: number): Ranking {
    const found: number[] = []
    for (const slot of slots ? [...slots].sort(this.#collection.compareSlots) : this.#collection.orderedSlots()) {
      if (found.length === limit) break
      if (!test || test(slot)) found.push(slot)
    }
    return { slots: found, scores: found.map(() => 1) }
  }

  #each({ slots }: Candidates): Iterable<number> {
    return slots ?? liveSlots(this.#collection)
  }

  #testOf(filter: FilterNode | null): SlotTest | null {
    return filter && getOrMake(this.#tests, filter, () => compileFilter(filter, this.#collection))
  }

  /** The slots that a required `has_id` leaves, or null where there is none. */
  #slotsOf(filter: FilterNode | null): number[] | null {
    const required = filter?.must.find((condition) => condition.kind === 'hasId')
    if (!required) return null
    return [...required.ids].map((id) => this.#collection.table.slotOf(id)).filter((slot) => slot !== undefined)
  }
}

function needsPrefetch({ kind }: Query<Vector>): boolean {
  return kind === 'rrf' || kind === 'dbsf' || kind === 'formula'
}

function noPrefetch({ kind }: Query<Vector>): string {
  return `Validation failed: cannot apply ${kind === 'formula' ? 'Formula' : 'Fusion'} without prefetches`
}

/** The query with every example as the space compares it. The mean of examples is taken before that. */
function fitQuery(query: Query<Vector>, space: VectorSpace): Query<Vector> {
  if (query.kind === 'recommend' && query.strategy === 'average_vector') return query
  const fit = (vector: Vector) => fitVector(space, vector)
  return mapExamples(query, fit, (vectors) => vectors.map(fit))
}
