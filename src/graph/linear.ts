import type { OnnxGraph } from './onnx-graph.js'
import type { FloatTensor } from './safetensors.js'

/**
 * Where a linear layer stands in its encoder layer: behind a LayerNorm (query, key and value; the first of the feed-forward
 * network), behind attention, behind Gelu, or behind the product of a gated feed-forward network.
 */
export type LinearSite = 'qkv' | 'attention_output' | 'intermediate' | 'output' | 'gated_output'

/** Rows of a larger matrix of the checkpoint, which holds several linear layers one below the other. */
export interface MatrixRows {
  readonly first: number
  /** Rows of the whole matrix. */
  readonly of: number
}

/** Linear layers that share one input. */
export interface LinearLayers {
  readonly site: LinearSite
  /** Index of the encoder layer. */
  readonly layer: number
  /** Names in the checkpoint, without `.weight` and `.bias`. */
  readonly names: readonly string[]
  readonly shape: readonly [out: number, into: number]
  /** For each name the rows that are meant. @default the whole matrix */
  readonly rows?: readonly MatrixRows[] | undefined
  /** @default true */
  readonly hasBias?: boolean
}

/** One of the layers, by what tells it from the others. */
export interface LinearPart {
  /** In the checkpoint, without `.weight` and `.bias`. */
  readonly name: string
  /** Of its own in the graph. */
  readonly label: string
  readonly rows: MatrixRows | undefined
}

export function partsOf({ names, rows }: LinearLayers): LinearPart[] {
  return names.map((name, i) => {
    const range = rows?.[i]
    return { name, label: range === undefined ? name : `${name}.${range.first}`, rows: range }
  })
}

/** Adds input [rows, in] · weightᵀ + bias for each of the layers; returns the names of the results, each [rows, out]. */
export type AddLinear = (input: string, layers: LinearLayers) => Promise<string[]>

/** The parameters of a checkpoint, checked for their shapes. */
export interface Parameters {
  /** Whether the checkpoint has the parameter. */
  has(name: string): boolean
  /** Adds a parameter, or some of its rows, to the graph by reference and returns its name. @param shape of what is added */
  add(name: string, shape: readonly number[], rows?: MatrixRows): string
  /** Reads a parameter, or some of its rows, into memory. */
  read(name: string, shape: readonly number[], rows?: MatrixRows): Promise<FloatTensor>
}

/** Linear layers in float32: Gemm takes the checkpoint's [out, in] weights as they are. */
export function createFloatLinear(graph: OnnxGraph, parameters: Parameters): AddLinear {
  return async (input, layers) => {
    const { shape, hasBias = true } = layers
    return partsOf(layers).map(({ name, label, rows }) => {
      const weight = parameters.add(`${name}.weight`, shape, rows)
      const bias = hasBias ? [parameters.add(`${name}.bias`, [shape[0]], rows)] : []
      return graph.add('Gemm', [input, weight, ...bias], `${label}.y`, { transB: 1n })
    })
  }
}
