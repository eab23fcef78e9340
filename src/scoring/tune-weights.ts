import { fuseByDistribution } from './distribution-based-fusion.js'
import { type Judgements, ndcgAt } from './metrics.js'
import { comparePaired, type PairedComparison } from './paired-bootstrap.js'
import { randomNumbers } from './random-numbers.js'
import { TopK } from './top-k.js'

/** What one way to search found for a question, best first. */
export interface RankedList {
  readonly items: readonly string[]
  readonly scores: readonly number[]
}

/** A judged question and what was found for it, always in the same order of the ways to search. */
export interface TuningQuestion {
  /** Of each way to search its list, or several whose scaled scores are averaged. */
  readonly lists: readonly (readonly RankedList[])[]
  /** The document of each item, which is found by its best item. @default an item is a document */
  readonly documents?: ReadonlyMap<string, string>
  readonly judgements: Judgements
}

export interface TunedWeights {
  /** One weight for each list; 1 for each where nothing is better. */
  readonly weights: readonly number[]
  /** What questions that the weights were not chosen by gain over equal weights. */
  readonly gain: PairedComparison
}

/** What a weight may be beside its neighbours'. */
const STEPS = [0, 0.25, 0.5, 1, 2, 4] as const
/** How much a weight must gain for each natural logarithm by which it leaves 1. */
const PULL = 0.001
/** How much more a choice counts by the nDCG of one question. */
const TRUST = 0.7
/**
 * What a list alone counts more, by one question; three lists alike, a third of it, and less the more questions there are. Most choices are near
 * equal weights: without it, their mean would be, too, for few questions, even where one list alone is better.
 */
const LEANING = 200
const FOLDS = 5
const DEPTH = 10

/**
 * The weights of lists that are fused by the distribution of their scores, chosen by the mean nDCG@10 of judged questions: the choice that is the nearest
 * to the mean of all, each of which counts the more the more it gains. So no single question decides. The gain is that of cross-validation: each
 * fifth of the questions is searched with weights that the others chose.
 * @param seed by which the questions are dealt out
 * @see Cesa-Bianchi and Lugosi, Prediction, Learning, and Games, 2006, 2.2: the exponentially weighted average
 */
export function tuneWeights(questions: readonly TuningQuestion[], seed = 1): TunedWeights {
  const choices = weightChoices(questions[0]?.lists.length ?? 0)
  // nDCG of each question by each choice: every fold only adds them up
  const prepared = questions.map(prepare)
  const values = choices.map(({ weights }) => prepared.map((question) => measure(question, weights)))
  const shares = choices.map(({ weights }) => weights.map((weight) => weight / sumOf(weights)))
  const choose = (of: readonly number[]) => {
    const trusts = choices.map(({ penalty }, choice) => {
      const gain = sumOf(of.map((i) => values[choice]![i]! - penalty))
      const leaning = sumOf(shares[choice]!.map((share) => share ** 2)) / of.length
      return TRUST * gain + LEANING * leaning
    })
    const most = Math.max(...trusts)
    const counts = trusts.map((trust) => Math.exp(trust - most))
    return nearestToMean(shares, counts)
  }
  const order = shuffled(questions.length, seed)
  const tuned = new Float64Array(questions.length)
  for (let fold = 0; fold < FOLDS; fold++) {
    const others = order.filter((_, place) => place % FOLDS !== fold)
    const choice = choose(others.length === 0 ? order : others)
    for (const i of order.filter((_, place) => place % FOLDS === fold)) tuned[i] = values[choice]![i]!
  }
  return { weights: choices[choose(order)]!.weights, gain: comparePaired(values[0]!, tuned) }
}

/** A question's items with the scaled score that each list gives them, 0 where they are not in it. */
interface PreparedQuestion {
  readonly scaled: readonly Float64Array[]
  readonly documents: readonly string[]
  /** Place of each item's document in `documents`. */
  readonly documentOf: Int32Array
  readonly judgements: Judgements
}

function prepare({ lists, documents, judgements }: TuningQuestion): PreparedQuestion {
  const items = [...new Set(lists.flat().flatMap((list) => list.items))]
  const scaled = lists.map((parts) => {
    const scores = parts.map((part) => fuseByDistribution([part]))
    return Float64Array.from(items, (item) => scores.reduce((sum, of) => sum + (of.get(item) ?? 0), 0) / parts.length)
  })
  const named = items.map((item) => documents?.get(item) ?? item)
  const places = new Map([...new Set(named)].map((document, i) => [document, i]))
  const documentOf = Int32Array.from(named, (document) => places.get(document)!)
  return { scaled, documents: [...places.keys()], documentOf, judgements }
}

/** nDCG@10 of the lists fused with weights. */
function measure({ scaled, documents, documentOf, judgements }: PreparedQuestion, weights: readonly number[]): number {
  const best = new Float64Array(documents.length).fill(Number.NEGATIVE_INFINITY)
  for (const [item, document] of documentOf.entries()) {
    let sum = 0
    for (let list = 0; list < scaled.length; list++) sum += weights[list]! * scaled[list]![item]!
    if (sum > best[document]!) best[document] = sum
  }
  const first = new TopK(DEPTH, (a, b) => a - b)
  for (const [document, score] of best.entries()) first.offer(document, score)
  return ndcgAt(
    DEPTH,
    first.sorted().items.map((i) => documents[i]!),
    judgements,
  )
}

/** Every direction of weights once, equal weights first, with what it costs to leave them. */
export function weightChoices(count: number): { readonly weights: readonly number[]; readonly penalty: number }[] {
  const choices = new Map<string, { weights: readonly number[]; penalty: number }>()
  const add = (weights: readonly number[]) => {
    const most = Math.max(...weights)
    if (most === 0) return
    const key = weights.map((weight) => weight / most).join(' ')
    const penalty = PULL * weights.reduce((sum, weight) => sum + Math.abs(Math.log(weight + 0.1) - Math.log(1.1)), 0)
    const known = choices.get(key)
    // of weights that order alike those are taken that are nearest to 1
    if (known === undefined || penalty < known.penalty) choices.set(key, { weights, penalty })
  }
  add(Array.from({ length: count }, () => 1))
  const walk = (weights: readonly number[]) => {
    if (weights.length === count) add(weights)
    else for (const step of STEPS) walk([...weights, step])
  }
  walk([])
  return [...choices.values()]
}

/** Which of some shares are the nearest to the mean of all, as much as each counts. */
function nearestToMean(shares: readonly (readonly number[])[], counts: readonly number[]): number {
  const total = sumOf(counts)
  const mean = shares[0]!.map((_, list) => sumOf(shares.map((own, choice) => (own[list]! * counts[choice]!) / total)))
  const distances = shares.map((own) => sumOf(own.map((share, list) => Math.abs(share - mean[list]!))))
  return distances.indexOf(Math.min(...distances))
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0)
}

function shuffled(count: number, seed: number): number[] {
  const random = randomNumbers(seed)
  const order = Array.from({ length: count }, (_, i) => i)
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  return order
}
