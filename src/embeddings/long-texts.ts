import { chunkText } from '../chunking/chunk-text.js'
import type { EncodedBatch } from '../encoders/encoder.js'
import type { DenseBatch } from '../vectors.js'
import type { CountTokens } from './token-counter.js'

/**
 * The windows of a text that a model reads one after the other: whole sentences where they fit, words else, characters last.
 * A text that fits is its only window; nothing but white space between windows is left out.
 */
export function cutWindows(text: string, count: CountTokens): string[] {
  const { tokens, cutTokens } = count(text)
  if (cutTokens === 0) return [text]
  // what the model adds to every text: special tokens and a prefix
  const added = count('').tokens
  const maxTokens = Math.max(1, tokens - added)
  const countTokens = (part: string) => {
    const counted = count(part)
    return counted.tokens + counted.cutTokens - added
  }
  return chunkText(text, { maxTokens, countTokens }).flatMap((chunk) => halveToFit(chunk.text, count))
}

/** A word that is longer than a window, in parts that are not; surrogate pairs stay whole. */
function halveToFit(text: string, count: CountTokens): string[] {
  const characters = [...text]
  if (characters.length < 2 || count(text).cutTokens === 0) return [text]
  const middle = characters.length >> 1
  return [characters.slice(0, middle), characters.slice(middle)].flatMap((half) => halveToFit(half.join(''), count))
}

/**
 * One vector for each text out of those of its windows. Dense: the mean weighted by tokens, normalized again where the model normalizes.
 * Late interaction: the rows of all windows, one after the other. `tokens` and `cutTokens` are sums.
 * @param windows how many windows each text has, in order; at least 1
 */
export function joinWindows(batch: EncodedBatch, windows: readonly number[], isNormalized: boolean): EncodedBatch {
  const { tokens, cutTokens, dense, late } = batch
  const begins = new Uint32Array(windows.length + 1)
  for (const [i, count] of windows.entries()) begins[i + 1] = begins[i]! + count
  const sum = (counts: Uint32Array) =>
    Uint32Array.from(windows, (_, i) => counts.subarray(begins[i]!, begins[i + 1]!).reduce((a, b) => a + b, 0))
  return {
    tokens: sum(tokens),
    cutTokens: sum(cutTokens),
    ...(dense !== undefined && { dense: meanOfWindows(dense, begins, tokens, isNormalized) }),
    ...(late !== undefined && { late: { ...late, offsets: begins.map((begin) => late.offsets[begin]!) } }),
  }
}

function meanOfWindows(
  { dimension, values }: DenseBatch,
  begins: Uint32Array,
  tokens: Uint32Array,
  isNormalized: boolean,
): DenseBatch {
  const texts = begins.length - 1
  const means = new Float32Array(texts * dimension)
  for (let i = 0; i < texts; i++) {
    const begin = begins[i]!
    const end = begins[i + 1]!
    if (end - begin === 1) {
      means.set(values.subarray(begin * dimension, end * dimension), i * dimension)
      continue
    }
    const mean = new Float64Array(dimension)
    let weight = 0
    for (let window = begin; window < end; window++) {
      weight += tokens[window]!
      for (let d = 0; d < dimension; d++) mean[d]! += tokens[window]! * values[window * dimension + d]!
    }
    // opposite windows may cancel out: no direction is left then, and the zero vector stays
    const scale = isNormalized ? Math.hypot(...mean) || 1 : weight
    for (let d = 0; d < dimension; d++) means[i * dimension + d] = mean[d]! / scale
  }
  return { dimension, values: means }
}
