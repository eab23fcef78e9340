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
/** Times that the questions are drawn anew, with replacement: the mean of what is best for each depends less on single questions. */
const RESAMPLES = 100
const FOLDS = 5
const DEPTH = 10

/**
 * The weights of lists that are fused by the distribution of their scores, chosen by the mean nDCG@10 of judged questions with a pull towards equal
 * weights: of many samples of the questions each has its best weights, and their mean is taken. The gain is that of cross-validation: each fifth of the questions is searched with weights that the others chose.
 * @param seed by which the questions are dealt out and drawn
 * @see Breiman, Bagging Predictors, 1996
 */
export function tuneWeights(questions: readonly TuningQuestion[], seed = 1): TunedWeights {
  const count = questions[0]?.lists.length ?? 0
  const choices = weightChoices(count)
  // nDCG of each question by each choice: every fold only adds them up
  const prepared = questions.map(prepare)
  const values = choices.map(({ weights }) => prepared.map((question) => measure(question, weights)))
  const best = (of: readonly number[]) => {
    const mean = (choice: number) => of.reduce((sum, i) => sum + values[choice]![i]!, 0) / of.length
    let found = 0
    let most = Number.NEGATIVE_INFINITY
    for (const [choice, { penalty }] of choices.entries()) {
      const value = mean(choice) - penalty
      if (value > most) {
        found = choice
        most = value
      }
    }
    return found
  }
  const choose = (of: readonly number[]) => {
    const random = randomNumbers(seed)
    const drawn = Array.from({ length: RESAMPLES }, () => best(of.map(() => of[Math.floor(random() * of.length)]!)))
    return nearestChoice(
      choices.map(({ weights }) => weights),
      drawn,
    )
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

/** The choice whose shares are the nearest to the mean of some. */
function nearestChoice(choices: readonly (readonly number[])[], some: readonly number[]): number {
  const shares = choices.map((weights) => {
    const sum = weights.reduce((a, b) => a + b, 0)
    return weights.map((weight) => weight / sum)
  })
  const mean = shares[0]!.map((_, list) => some.reduce((sum, choice) => sum + shares[choice]![list]!, 0) / some.length)
  const distances = shares.map((own) => own.reduce((sum, share, list) => sum + Math.abs(share - mean[list]!), 0))
  return distances.indexOf(Math.min(...distances))
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
