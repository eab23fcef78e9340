import type { PointId } from '../../document.js'
import { InputError } from '../../errors.js'
import { type PointsVector, recipeDifferences, recipeOfVectors } from '../points-files/points-recipe.js'
import { FirstTen, prepareScore, SampleQueries, type SampleQuery } from './first-ten.js'
import { type PairOptions, pairPoints } from './pair-points.js'
import { vectorDifference } from './vector-difference.js'
import type { VectorPoint, VectorSource } from './vector-source.js'

/** How a vector differs over all points that both sides have. */
export interface ComparedVector {
  /** Its name in the first source. */
  readonly name: string
  /** Its name in the second. */
  readonly nameInB: string
  readonly kind: PointsVector['kind']
  /** Points that have it on both sides. */
  readonly points: number
  /** Of them, those whose vectors are the same to the last bit. */
  readonly sameBits: number
  /** Of them, those whose vectors have other sizes, or numbers of rows. */
  readonly otherShape: number
  /** Points that have it on one side only. */
  readonly onOneSide: number
  /** Over those of one shape; null where there is none. `worst` is the point of the lowest. */
  readonly cosine: { readonly min: number; readonly mean: number; readonly worst: PointId } | null
  /** Sample documents as questions: of how many the first ten differ, and which share of the ten is the same, in the mean; null where none was asked. */
  readonly firstTen: { readonly queries: number; readonly changed: number; readonly kept: number } | null
}

export interface Comparison {
  /** Null where one side does not say how its vectors were made. */
  readonly recipe: { readonly isSame: boolean; readonly differences: readonly string[] } | null
  readonly points: { readonly both: number; readonly onlyA: number; readonly onlyB: number }
  /** Records that could not be read. */
  readonly damaged: { readonly a: number; readonly b: number }
  readonly vectors: readonly ComparedVector[]
}

export interface CompareOptions extends Omit<PairOptions, 'onDamaged'> {
  /** Documents that are asked as questions. @default 20 */
  readonly queries?: number
  /** Called now and then with the points that were compared. */
  readonly onProgress?: (points: number) => void
}

const QUERIES = 20
const PROGRESS_POINTS = 1000

/** Two names of one vector. */
interface NamePair {
  readonly a: PointsVector
  readonly b: PointsVector
}

/**
 * Compares two sources of vectors: how they were made, and every vector of every point. Vectors go together by their names; of those
 * that are left, one of a kind on each side goes with the other.
 * @throws InputError `ORDERS_DIFFER`, and what reading a source throws; the signal's reason when aborted
 */
export async function compareSources(
  a: VectorSource,
  b: VectorSource,
  options: CompareOptions = {},
): Promise<Comparison> {
  const { queries = QUERIES, onProgress, signal, maxBytes } = options
  if (a.hasIds !== b.hasIds) [a, b] = [numbered(a), numbered(b)]
  const names = pairNames(a.vectors, b.vectors)
  const points = { both: 0, onlyA: 0, onlyB: 0 }
  const damaged = { a: 0, b: 0 }
  const onDamaged = { a: () => void damaged.a++, b: () => void damaged.b++ }
  const samples = new SampleQueries(queries)
  const tallies = names.map((pair) => new VectorTally(pair))
  for await (const pair of pairPoints(a, b, { onDamaged, signal, ...(maxBytes !== undefined && { maxBytes }) })) {
    if (pair.a === null) points.onlyB++
    else if (pair.b === null) points.onlyA++
    else {
      points.both++
      for (const tally of tallies) tally.add(pair.a, pair.b)
      samples.offer({ id: pair.a.id, a: pair.a.vectors, b: pair.b.vectors })
      if (points.both % PROGRESS_POINTS === 0) onProgress?.(points.both)
    }
  }
  // where nothing differs no rank can
  const isSame = points.onlyA + points.onlyB === 0 && tallies.every((tally) => tally.isSame)
  const ranks = isSame ? null : await rankBoth(a, b, names, samples.all, signal)
  return {
    recipe: compareRecipes(a, b, names),
    ...{ points, damaged },
    vectors: tallies.map((tally, i) => tally.result(ranks === null ? samples.all.map(() => UNCHANGED) : ranks[i]!)),
  }
}

/** A file's points by their places, where the other side has no ids that theirs could be compared with. @throws InputError `IDS_MISSING` */
function numbered(source: VectorSource): VectorSource {
  if (source.retrieve !== undefined) {
    throw new InputError(
      'IDS_MISSING',
      `${source.place}: expected ids on the other side, too, got a file without them. Keep the .ids.jsonl file beside a .npy file.`,
    )
  }
  return {
    ...source,
    read: async function* (onDamaged) {
      let number = 0
      for await (const points of source.read(onDamaged)) yield points.map((point) => ({ ...point, id: number++ }))
    },
  }
}

/** What is counted of one vector. */
class VectorTally {
  readonly #pair: NamePair
  #points = 0
  #sameBits = 0
  #otherShape = 0
  #onOneSide = 0
  #sum = 0
  #min = Infinity
  #worst: PointId = 0

  constructor(pair: NamePair) {
    this.#pair = pair
  }

  get isSame(): boolean {
    return this.#sameBits === this.#points && this.#onOneSide === 0
  }

  add(pointA: VectorPoint, pointB: VectorPoint): void {
    const [left, right] = [pointA.vectors[this.#pair.a.name], pointB.vectors[this.#pair.b.name]]
    if (left === undefined || right === undefined) {
      if (left !== right) this.#onOneSide++
      return
    }
    const { isEqual, cosine } = vectorDifference(left, right)
    this.#points++
    if (isEqual) this.#sameBits++
    if (cosine === null) this.#otherShape++
    else {
      this.#sum += cosine
      if (cosine < this.#min) {
        this.#min = cosine
        this.#worst = pointA.id
      }
    }
  }

  result(ranks: readonly ComparedRanks[]): ComparedVector {
    const { a, b } = this.#pair
    const alike = this.#points - this.#otherShape
    return {
      ...{ name: a.name, nameInB: b.name, kind: a.kind, points: this.#points, sameBits: this.#sameBits },
      ...{ otherShape: this.#otherShape, onOneSide: this.#onOneSide },
      cosine: alike === 0 ? null : { min: this.#min, mean: this.#sum / alike, worst: this.#worst },
      firstTen: ranks.length === 0 ? null : summarizeRanks(ranks),
    }
  }
}

/** The first ten of one question on both sides. */
interface ComparedRanks {
  /** The same documents in the same order. */
  readonly isSame: boolean
  /** Share of the ten that is on both sides. */
  readonly kept: number
}

const UNCHANGED: ComparedRanks = { isSame: true, kept: 1 }

function summarizeRanks(ranks: readonly ComparedRanks[]): NonNullable<ComparedVector['firstTen']> {
  return {
    queries: ranks.length,
    changed: ranks.filter(({ isSame }) => !isSame).length,
    kept: ranks.reduce((sum, { kept }) => sum + kept, 0) / ranks.length,
  }
}

/** For each pair of names, the ranks of every question that has the vector on both sides. */
async function rankBoth(
  a: VectorSource,
  b: VectorSource,
  names: readonly NamePair[],
  queries: readonly SampleQuery[],
  signal: AbortSignal | undefined,
): Promise<ComparedRanks[][]> {
  const ofA = await rankSide(a, 'a', names, queries, signal)
  const ofB = await rankSide(b, 'b', names, queries, signal)
  return ofA.map((lists, vector) =>
    lists.flatMap((ids, query) => {
      const others = ofB[vector]![query]!
      if (ids === null || others === null) return []
      const both = ids.filter((id) => others.includes(id)).length
      const most = Math.max(ids.length, others.length)
      return [{ isSame: ids.join('\0') === others.join('\0'), kept: most === 0 ? 1 : both / most }]
    }),
  )
}

/** By vector and question the ids of the first ten, the document itself left out; null where it has no such vector. */
async function rankSide(
  source: VectorSource,
  side: 'a' | 'b',
  names: readonly NamePair[],
  queries: readonly SampleQuery[],
  signal: AbortSignal | undefined,
): Promise<(readonly string[] | null)[][]> {
  const own = namesIn(names, side)
  const rankings = own.map((name) =>
    queries.map(({ id, [side]: vectors }) =>
      vectors[name] === undefined ? null : { id, score: prepareScore(vectors[name]), best: new FirstTen() },
    ),
  )
  for await (const points of source.read(() => {})) {
    signal?.throwIfAborted()
    // question by question: a question's rows stay loaded
    for (const [i, name] of own.entries()) {
      for (const ranking of rankings[i]!) {
        if (ranking === null) continue
        for (const { id, vectors } of points) {
          const vector = vectors[name]
          if (id !== ranking.id && vector !== undefined) ranking.best.offer(id, ranking.score(vector))
        }
      }
    }
  }
  return rankings.map((each) => each.map((ranking) => ranking?.best.ids ?? null))
}

function compareRecipes(a: VectorSource, b: VectorSource, names: readonly NamePair[]): Comparison['recipe'] {
  if (a.recipe === null || b.recipe === null) return null
  const left = recipeOfVectors(a.recipe, namesIn(names, 'a'))
  const right = recipeOfVectors(b.recipe, namesIn(names, 'b'))
  const differences = recipeDifferences(left, right, ['A has', 'B has'])
  return { isSame: differences.length === 0, differences }
}

function namesIn(names: readonly NamePair[], side: 'a' | 'b'): string[] {
  return names.map((pair) => pair[side].name)
}

function pairNames(a: readonly PointsVector[], b: readonly PointsVector[]): NamePair[] {
  const named = a.flatMap((vector) => {
    const other = b.find(({ name, kind }) => name === vector.name && kind === vector.kind)
    return other === undefined ? [] : [{ a: vector, b: other }]
  })
  const left = a.filter((vector) => !named.some((pair) => pair.a === vector))
  const right = b.filter((vector) => !named.some((pair) => pair.b === vector))
  const byKind = left.flatMap((vector) => {
    const [others, alike] = [
      right.filter(({ kind }) => kind === vector.kind),
      left.filter(({ kind }) => kind === vector.kind),
    ]
    return others.length === 1 && alike.length === 1 ? [{ a: vector, b: others[0]! }] : []
  })
  return [...named, ...byKind]
}
