import { ModelError } from '../../errors.js'
import type { OpenedModel } from '../../onnx/model-files.js'
import type { RunOutput } from '../../onnx/session.js'
import type { SparseReader } from './sparse-network.js'
import { maxOverRows, saturateOnce, weighTokens } from './splade-weights.js'

/**
 * SPLADE: a text's weight for each token of the vocabulary, the same for documents and queries.
 * @see https://github.com/qdrant/fastembed/blob/main/fastembed/sparse/splade_pp.py
 */
export async function openSpladeReader({ entry }: OpenedModel): Promise<SparseReader> {
  return {
    output: 'max_logits',
    read: (_, output) => weighTokens(readMaxLogits(entry.name, output), saturateOnce),
  }
}

/**
 * The largest logit of each token, float32 [vocabulary]: a graph of our own gives just them, an ONNX file all logits [tokens, vocabulary].
 * @throws ModelError `GRAPH_UNSUPPORTED`
 */
export function readMaxLogits(model: string, { shape, values }: RunOutput): Float32Array {
  if (shape.length === 1) return values
  if (shape.length === 2) return maxOverRows(values, shape[1]!)
  throw new ModelError(
    'GRAPH_UNSUPPORTED',
    `${model}: expected logits [batch, tokens, vocabulary], got ${shape.length + 1} axes.`,
  )
}
