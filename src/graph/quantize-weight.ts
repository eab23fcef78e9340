import type { FloatTensor } from './safetensors.js'

/** An int8 weight, transposed to [in, out], and one scale for each output channel. */
export interface QuantizedWeight {
  readonly values: Int8Array
  readonly scales: Float32Array
}

/** Symmetric: −128 is not used. */
export const WEIGHT_LIMIT = 127

/** A channel that calibration saw at rest, or a weight column of zeros, must not make a factor infinite. */
const SMALLEST_MAXIMUM = 1e-5

/**
 * Quantizes a weight [out, in] symmetrically, each output channel by its largest magnitude.
 * @param smoothing factor for each input channel, multiplied into the weight first
 */
export function quantizeWeight(weight: FloatTensor, smoothing?: Float32Array): QuantizedWeight {
  const [out, into] = weight.shape as [number, number]
  const values = new Int8Array(into * out)
  const scales = new Float32Array(out)
  const row = new Float32Array(into)
  for (let channel = 0; channel < out; channel++) {
    row.set(weight.values.subarray(channel * into, (channel + 1) * into))
    let largest = 0
    for (let k = 0; k < into; k++) {
      if (smoothing !== undefined) row[k]! *= smoothing[k]!
      largest = Math.max(largest, Math.abs(row[k]!))
    }
    const scale = largest === 0 ? 1 : largest / WEIGHT_LIMIT
    scales[channel] = scale
    for (let k = 0; k < into; k++) values[k * out + channel] = Math.round(row[k]! / scale)
  }
  return { values, scales }
}

/**
 * SmoothQuant's factors: s = activation maximum^α / weight maximum^(1−α) for each input channel, scaled to geometric mean 1.
 * Activations are divided by them and weights multiplied, which leaves the product as it was and takes the outliers off the activations.
 * @param maxima largest magnitude of each input channel over calibration texts
 * @param weights [out, in] of every layer that shares the input
 * @see https://arxiv.org/abs/2211.10438
 */
export function smoothingFactors(maxima: Float32Array, weights: readonly FloatTensor[], alpha: number): Float32Array {
  const into = maxima.length
  const weightMaxima = new Float32Array(into)
  for (const { values } of weights) {
    for (let begin = 0; begin < values.length; begin += into) {
      for (let k = 0; k < into; k++) weightMaxima[k] = Math.max(weightMaxima[k]!, Math.abs(values[begin + k]!))
    }
  }
  const logarithms = Array.from(
    maxima,
    (maximum, k) =>
      alpha * Math.log(Math.max(maximum, SMALLEST_MAXIMUM)) -
      (1 - alpha) * Math.log(Math.max(weightMaxima[k]!, SMALLEST_MAXIMUM)),
  )
  const mean = logarithms.reduce((total, value) => total + value, 0) / into
  return Float32Array.from(logarithms, (value) => Math.exp(value - mean))
}
