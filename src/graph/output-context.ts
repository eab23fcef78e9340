import type { EncoderSizes } from './architectures/bert-config.js'
import type { Parameters } from './linear.js'
import type { OnnxGraph } from './onnx-graph.js'

/** Axes of outputs; a number is a fixed size. */
export type Axes = Record<string, readonly (string | number)[]>

/** What an output is computed from. */
export interface OutputContext {
  readonly graph: OnnxGraph
  readonly config: EncoderSizes
  readonly parameters: Parameters
  /** Name of the last hidden state, float32 [batch × tokens, hidden]. */
  readonly hiddenState: string
  /** Name of the shape [batch, tokens, hidden]. */
  readonly shape: string
  /** Axes of the outputs; each output adds its own. */
  readonly axes: Axes
}

/** Adds the shape [batch, tokens, size] of what has a row for every token. @param idsShape, shape names of nodes */
export function addRowsShape(
  graph: OnnxGraph,
  idsShape: string,
  [name, size]: readonly [name: string, size: number],
  shape: string,
): string {
  const sizes = [graph.add('Shape', ['input_ids'], idsShape), graph.indices(name, size)]
  return graph.add('Concat', sizes, shape, { axis: 0n })
}
