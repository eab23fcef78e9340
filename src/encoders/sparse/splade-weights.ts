import type { TokenWeights } from './token-weights.js'

/** From the largest logit of a token, which is above 0, to its weight; all in float32, as the models were trained. */
export type Activation = (logit: number) => number

/** SPLADE's saturation: log(1 + x). */
export const saturateOnce: Activation = (logit) => Math.fround(Math.log1p(logit))

/** That of the inference-free models of opensearch-project since v3: log(1 + log(1 + x)). */
export const saturateTwice: Activation = (logit) => saturateOnce(saturateOnce(logit))

/** The largest logit of each token of the vocabulary over a text's rows: logits float32 [rows, vocabulary] to float32 [vocabulary]. */
export function maxOverRows(logits: Float32Array, vocabulary: number): Float32Array {
  const maxima = logits.slice(0, vocabulary)
  for (let begin = vocabulary; begin < logits.length; begin += vocabulary) {
    for (let id = 0; id < vocabulary; id++) {
      const logit = logits[begin + id]!
      // a NaN stays, wherever it comes
      if (!(logit <= maxima[id]!)) maxima[id] = Math.max(logit, maxima[id]!)
    }
  }
  return maxima
}

/**
 * SPLADE's vector of a text: the activation of each token's largest logit, where that is above 0.
 * Saturation is monotonic, so taking the maximum first gives the same numbers for a fraction of the logarithms.
 * @param excluded ids that are left out
 * @see https://arxiv.org/abs/2109.10086
 */
export function weighTokens(
  maxima: Float32Array,
  activation: Activation,
  excluded: ReadonlySet<number> = new Set(),
): TokenWeights {
  const ids: number[] = []
  const weights: number[] = []
  for (let id = 0; id < maxima.length; id++) {
    const logit = maxima[id]!
    // a NaN is kept, for the encoder to refuse
    if (logit <= 0 || excluded.has(id)) continue
    const weight = activation(logit)
    // the logarithm of 1 plus the smallest floats is 0, and a weight of 0 is no entry
    if (weight === 0) continue
    ids.push(id)
    weights.push(weight)
  }
  return { ids: Uint32Array.from(ids), weights: Float64Array.from(weights) }
}
