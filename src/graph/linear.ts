import type { OnnxGraph } from './onnx-graph.js'
import type { FloatTensor } from './safetensors.js'

/**
 * Where a linear layer stands in its encoder layer: behind a LayerNorm (query, key and value; the first of the feed-forward
 * network), behind attention, or behind Gelu.
 */
export type LinearSite = 'qkv' | 'attention_output' | 'intermediate' | 'output'

/** Linear layers that share one input. */
export interface LinearLayers {
  readonly site: LinearSite
  /** Index of the encoder layer. */
  readonly layer: number
  /** Names in the checkpoint, without `.weight` and `.bias`. */
  readonly names: readonly string[]
  readonly shape: readonly [out: number, into: number]
}

/** Adds input [rows, in] · weightᵀ + bias for each of the layers; returns the names of the results, each [rows, out]. */
export type AddLinear = (input: string, layers: LinearLayers) => Promise<string[]>

/** The parameters of a checkpoint, checked for their shapes. */
export interface Parameters {
  /** Whether the checkpoint has the parameter. */
  has(name: string): boolean
  /** Adds a parameter, or its rows from `firstRow` on, to the graph by reference and returns its name. */
  add(name: string, shape: readonly number[], firstRow?: number): string
  /** Reads a parameter into memory. */
  read(name: string, shape: readonly number[]): Promise<FloatTensor>
}

/** Linear layers in float32: Gemm takes the checkpoint's [out, in] weights as they are. */
export function createFloatLinear(graph: OnnxGraph, parameters: Parameters): AddLinear {
  return async (input, { names, shape: [out, into] }) =>
    names.map((name) =>
      graph.add(
        'Gemm',
        [input, parameters.add(`${name}.weight`, [out, into]), parameters.add(`${name}.bias`, [out])],
        `${name}.y`,
        { transB: 1n },
      ),
    )
}
