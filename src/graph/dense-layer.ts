import { MICROSOFT_DOMAIN, type OnnxGraph } from './onnx-graph.js'
import type { FloatTensor } from './safetensors.js'

/** What may stand behind a linear layer, by its name in PyTorch. */
export const DENSE_ACTIVATIONS = ['Identity', 'Tanh', 'ReLU', 'GELU', 'Sigmoid', 'SiLU'] as const
export type DenseActivation = (typeof DENSE_ACTIVATIONS)[number]

/** A linear layer of its own, outside the encoder: activation(weight · x + bias), plus what goes around it where there is a residual. */
export interface DenseLayer {
  readonly kind: 'dense'
  /** float32 [out, in] */
  readonly weight: FloatTensor
  /** float32 [out] */
  readonly bias?: FloatTensor | undefined
  readonly activation: DenseActivation
  /** float32 [out, in] for a linear way around; `identity` adds the input as it is. */
  readonly residual?: FloatTensor | 'identity' | undefined
}

/** One step between the pooling and the finished embedding. */
export type EmbeddingStep = DenseLayer | { readonly kind: 'normalize' }

/** Adds a layer over rows: float32 [rows, in] to [rows, out]. @returns the name of the result */
export function addDenseLayer(graph: OnnxGraph, input: string, layer: DenseLayer, name: string): string {
  const weight = graph.constant(`${name}.weight`, layer.weight)
  const bias = layer.bias === undefined ? [] : [graph.constant(`${name}.bias`, layer.bias)]
  const linear = graph.add('Gemm', [input, weight, ...bias], `${name}.linear`, { transB: 1n })
  const activated = addActivation(graph, linear, layer.activation, `${name}.activated`)
  if (layer.residual === undefined) return activated
  if (layer.residual === 'identity') return graph.add('Add', [activated, input], `${name}.y`)
  const around = [input, graph.constant(`${name}.residual`, layer.residual)]
  return graph.add('Add', [activated, graph.add('Gemm', around, `${name}.around`, { transB: 1n })], `${name}.y`)
}

/** Floats per row behind the layers. */
export function denseDimension(steps: readonly EmbeddingStep[], hiddenSize: number): number {
  const last = steps.findLast((step): step is DenseLayer => step.kind === 'dense')
  return last === undefined ? hiddenSize : last.weight.shape[0]!
}

function addActivation(graph: OnnxGraph, input: string, activation: DenseActivation, output: string): string {
  switch (activation) {
    case 'Identity':
      return input
    case 'Tanh':
    case 'Sigmoid':
      return graph.add(activation, [input], output)
    case 'ReLU':
      return graph.add('Relu', [input], output)
    case 'GELU':
      return graph.add('Gelu', [input], output, {}, MICROSOFT_DOMAIN)
    case 'SiLU':
      return graph.add('QuickGelu', [input], output, { alpha: 1 }, MICROSOFT_DOMAIN)
  }
}
