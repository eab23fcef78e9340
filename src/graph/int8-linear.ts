import { type AddLinear, type LinearLayers, type LinearSite, type Parameters, partsOf } from './linear.js'
import { MICROSOFT_DOMAIN, type OnnxGraph } from './onnx-graph.js'
import { quantizeWeight, smoothingFactors } from './quantize-weight.js'

/** Largest magnitude of each input channel over calibration texts, by {@link maximaName}. */
export type ChannelMaxima = ReadonlyMap<string, Float32Array>

/**
 * Activations have 7 bits, weights 8. Processors without VNNI multiply unsigned by signed bytes in pairs whose sum saturates
 * at 16 bits; 127 · 127 · 2 = 32,258 stays below 32,767, so the integer sums are exact, and the same, on every processor.
 */
export const ACTIVATION_LIMIT = 127

/** Magnitudes in the middle of 0 … 127. */
const SIGNED = { zeroPoint: 64, levels: 63, isSigned: true }

/**
 * Gelu is never below −0.17, and its largest values are far above 0.17: nearly all levels for the positive side. What is below
 * −16/111 of the token's maximum is cut; fewer levels below zero cut too much, more only coarsen the rest (docs/adr/0005-int8.md).
 */
const AFTER_GELU = { zeroPoint: 16, levels: ACTIVATION_LIMIT - 16, isSigned: false }

/**
 * How much of the outliers moves from the activations into the weights. Only outputs of LayerNorm have channels that stand
 * out; behind attention and Gelu smoothing gained nothing or cost exactness.
 */
export const SMOOTHING_EXPONENTS: Readonly<Partial<Record<LinearSite, number>>> = { qkv: 1, intermediate: 0.7 }

/** The name of a smoothed input's channel maxima, as a tensor of the calibration file and as an output of the graph. */
export function maximaName({ layer, site }: Pick<LinearLayers, 'layer' | 'site'>): string {
  return `${layer}.${site}`
}

/**
 * Linear layers in int8 with one activation scale for each token, so that a token's result does not depend on the rows beside it:
 * xq = round(x / (s · t)) with t = the token's largest |x / s| / levels, y = (xq · Wq) · weight scale · t + bias.
 * The input is quantized once for all layers that share it.
 * @param maxima of every smoothed input; without them nothing is smoothed
 */
export function createInt8Linear(graph: OnnxGraph, parameters: Parameters, maxima?: ChannelMaxima): AddLinear {
  return async (input, layers) => {
    const { site, shape, hasBias = true } = layers
    const [out, into] = shape
    const parts = partsOf(layers)
    const weights = await Promise.all(parts.map(({ name, rows }) => parameters.read(`${name}.weight`, shape, rows)))
    const alpha = SMOOTHING_EXPONENTS[site]
    const smoothing =
      maxima === undefined || alpha === undefined
        ? undefined
        : smoothingFactors(maxima.get(maximaName(layers))!, weights, alpha)
    const form = site === 'output' ? AFTER_GELU : SIGNED
    const { quantized, tokenScale } = addQuantize(graph, input, layers, form, smoothing)
    return parts.map(({ name, label, rows }, i) => {
      const { values, scales } = quantizeWeight(weights[i]!, smoothing)
      const product = graph.add(
        'MatMulIntegerToFloat',
        [
          quantized,
          graph.constant(`${label}.int8`, { shape: [into, out], values }),
          graph.constant('one', { shape: [], values: Float32Array.of(1) }),
          graph.constant(`${label}.scales`, { shape: [out], values: scales }),
          graph.constant(`zero_point_${form.zeroPoint}`, { shape: [], values: Uint8Array.of(form.zeroPoint) }),
        ],
        `${label}.product`,
        {},
        MICROSOFT_DOMAIN,
      )
      const scaled = graph.add('Mul', [product, tokenScale], hasBias ? `${label}.scaled` : `${label}.y`)
      if (!hasBias) return scaled
      return graph.add('Add', [scaled, parameters.add(`${name}.bias`, [out], rows)], `${label}.y`)
    })
  }
}

/** Adds the quantization of input [rows, in]: uint8 of its shape, and the scale of each token [rows, 1]. */
function addQuantize(
  graph: OnnxGraph,
  input: string,
  layers: LinearLayers,
  { zeroPoint, levels, isSigned }: typeof SIGNED,
  smoothing: Float32Array | undefined,
): { quantized: string; tokenScale: string } {
  const name = maximaName(layers)
  let smooth = input
  if (smoothing !== undefined) {
    const values = smoothing.map((factor) => 1 / factor)
    smooth = graph.add(
      'Mul',
      [input, graph.constant(`${name}.smoothing`, { shape: [values.length], values })],
      `${name}.smooth`,
    )
  }
  const magnitude = isSigned ? graph.add('Abs', [smooth], `${name}.magnitude`) : smooth
  const largest = graph.add('ReduceMax', [magnitude], `${name}.largest`, { axes: [-1n], keepdims: 1n })
  const share = graph.constant(`one_of_${levels}`, { shape: [], values: Float32Array.of(1 / levels) })
  const tokenScale = graph.add('Mul', [largest, share], `${name}.token_scale`)
  const flat = graph.indices('flat', -1)
  const scales = graph.add('Reshape', [tokenScale, flat], `${name}.token_scales`)
  // QuantizeLinear along axis 0 wants a zero point for each row.
  const zeroPoints = graph.add(
    'ConstantOfShape',
    [graph.add('Shape', [scales], `${name}.rows`)],
    `${name}.zero_points`,
    {
      value: { shape: [1], values: Uint8Array.of(zeroPoint) },
    },
  )
  const quantized = graph.add('QuantizeLinear', [smooth, scales, zeroPoints], `${name}.quantized`, { axis: 0n })
  return { quantized, tokenScale }
}
