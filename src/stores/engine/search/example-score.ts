import type { Vector } from '../../../vectors.js'
import type { ContextPair, Feedback, Recommendation } from '../../request/query-node.js'
import type { VectorSpace } from '../../table/vector-space.js'
import type { Collection } from '../collection/collection.js'
import { type ExampleSimilarity, similarityTo } from './example-similarity.js'

/** float32 machine epsilon. */
const EPSILON = 1.1920929e-7

/** Scores the point in a slot by its similarities to examples, in float32; larger is better. */
export type ExampleScore = (slot: number) => number

function fastSigmoid(x: number): number {
  return Math.fround(x / Math.fround(1 + Math.abs(x)))
}

function scaledSigmoid(x: number): number {
  return 0.5 * Math.fround(fastSigmoid(x) + 1)
}

/** Recommendation by the best example: of the nearest positive where it is nearer than the nearest negative, else minus that of the negative. */
export function bestScore(
  collection: Collection,
  space: VectorSpace,
  { positive, negative }: Recommendation<Vector>,
): ExampleScore {
  const likes = positive.map((example) => similarityTo(collection, space, example))
  const dislikes = negative.map((example) => similarityTo(collection, space, example))
  return (slot) => {
    const like = Math.max(...likes.map((similarity) => similarity(slot)))
    const dislike = Math.max(...dislikes.map((similarity) => similarity(slot)))
    return Math.fround(like > dislike ? scaledSigmoid(like) : -scaledSigmoid(dislike))
  }
}

/** Recommendation by the sum of the similarities to positive examples minus those to negative ones. */
export function sumScores(
  collection: Collection,
  space: VectorSpace,
  { positive, negative }: Recommendation<Vector>,
): ExampleScore {
  const likes = positive.map((example) => similarityTo(collection, space, example))
  const dislikes = negative.map((example) => similarityTo(collection, space, example))
  const sum = (similarities: readonly ExampleSimilarity[], slot: number) =>
    similarities.reduce((total, similarity) => Math.fround(total + similarity(slot)), 0)
  return (slot) => Math.fround(sum(likes, slot) - sum(dislikes, slot))
}

/** Discovery: on how many right sides of the context's pairs a point is, then how near the target. */
export function discoveryScore(
  collection: Collection,
  space: VectorSpace,
  target: Vector,
  pairs: readonly ContextPair<Vector>[],
): ExampleScore {
  const toTarget = similarityTo(collection, space, target)
  const sides = comparePairs(collection, space, pairs)
  return (slot) => {
    const rank = sides.reduce((sum, side) => sum + Math.sign(side(slot)), 0)
    return Math.fround(rank + scaledSigmoid(toTarget(slot)))
  }
}

/** Context search: 0 for a point on the right side of every pair, less for each one that it is on the wrong side of. */
export function contextScore(
  collection: Collection,
  space: VectorSpace,
  pairs: readonly ContextPair<Vector>[],
): ExampleScore {
  const sides = comparePairs(collection, space, pairs)
  const loss = (side: ExampleSimilarity, slot: number) => fastSigmoid(Math.fround(Math.min(side(slot) - EPSILON, 0)))
  return (slot) => sides.reduce((sum, side) => Math.fround(sum + loss(side, slot)), 0)
}

/** Similarity to the positive minus that to the negative, for each pair. */
function comparePairs(
  collection: Collection,
  space: VectorSpace,
  pairs: readonly ContextPair<Vector>[],
): ExampleSimilarity[] {
  return pairs.map(({ positive, negative }) => {
    const near = similarityTo(collection, space, positive)
    const far = similarityTo(collection, space, negative)
    return (slot) => Math.fround(near(slot) - far(slot))
  })
}

/**
 * Naive relevance feedback: a · similarity to the target, plus confidence^b · c · (difference of similarities)
 * for each pair of examples of which one was judged better by that confidence.
 */
export function feedbackScore(
  collection: Collection,
  space: VectorSpace,
  { target, feedback, a, b, c }: Feedback<Vector>,
): ExampleScore {
  const toTarget = similarityTo(collection, space, target)
  const judged = feedback.map(({ example, score }) => ({ similarity: similarityTo(collection, space, example), score }))
  const pairs = judged.flatMap((better) =>
    judged
      .filter((worse) => better.score > worse.score)
      .map((worse) => ({
        near: better.similarity,
        far: worse.similarity,
        weight: (better.score - worse.score) ** b * c,
      })),
  )
  return (slot) => {
    const shift = pairs.reduce((sum, { near, far, weight }) => sum + weight * (near(slot) - far(slot)), 0)
    return Math.fround(a * toTarget(slot) + shift)
  }
}
