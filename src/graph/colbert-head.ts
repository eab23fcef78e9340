import { addDenseLayer, type DenseLayer } from './dense-layer.js'
import type { Parameters } from './linear.js'
import type { OnnxGraph } from './onnx-graph.js'
import { addRowsShape } from './output-context.js'

/** Name of the projection in a published checkpoint, beside the encoder: float32 [dimension, hidden]. */
export const COLBERT_WEIGHT = 'linear.weight'

export interface ColbertHeadOptions {
  readonly graph: OnnxGraph
  readonly parameters: Parameters
  /** Name of the last hidden state, float32 [batch × tokens, hidden]. */
  readonly hiddenState: string
  readonly hiddenSize: number
  /** Floats per row. */
  readonly dimension: number
  /** The layers that every token goes through. @default the checkpoint's `linear.weight` alone */
  readonly projections?: readonly DenseLayer[] | undefined
}

/**
 * Adds ColBERT's projection of every token, not normalized: `colbert_embeddings` [batch, tokens, dimension].
 * @returns the axes of the output
 * @throws ModelError `CHECKPOINT_UNSUPPORTED` if the checkpoint has no `linear.weight` [dimension, hidden]
 * @see https://arxiv.org/abs/2004.12832 section 3.2
 */
export function addColbertHead(options: ColbertHeadOptions): readonly (string | number)[] {
  const { graph, hiddenState, dimension, projections } = options
  const rows =
    projections === undefined
      ? addPublishedWeight(options)
      : projections.reduce((x, layer, i) => addDenseLayer(graph, x, layer, `projection_${i}`), hiddenState)
  const shape = addRowsShape(graph, 'colbert_ids_shape', ['colbert_dimension', dimension], 'colbert_shape')
  graph.add('Reshape', [rows, shape], 'colbert_embeddings')
  return ['batch', 'tokens', dimension]
}

function addPublishedWeight({ graph, parameters, hiddenState, hiddenSize, dimension }: ColbertHeadOptions): string {
  const weight = parameters.add(COLBERT_WEIGHT, [dimension, hiddenSize])
  return graph.add('Gemm', [hiddenState, weight], 'colbert_rows', { transB: 1n })
}
