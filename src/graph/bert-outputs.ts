import { addClassificationLogits } from './classification-head.js'
import { addColbertHead } from './colbert-head.js'
import { addMaxLogits } from './language-model-head.js'
import type { OnnxGraph } from './onnx-graph.js'
import type { OutputContext } from './output-context.js'
import type { FloatTensor } from './safetensors.js'

/**
 * What a graph computes; each set of outputs is a graph of its own, so that nothing is computed that nobody asked for.
 * `channel_maxima` is for calibrating int8.
 */
export const GRAPH_OUTPUTS = [
  'sentence_embedding',
  'token_embeddings',
  'late_embeddings',
  'last_hidden_state',
  'max_logits',
  'logits',
  'colbert_embeddings',
  'channel_maxima',
] as const
export type GraphOutput = (typeof GRAPH_OUTPUTS)[number]

/** How a graph makes one sentence embedding of the token embeddings: their mean, or the row of `[CLS]`. */
export type GraphPooling = 'mean' | 'cls'

/** A linear map of normalized token embeddings: weight float32 [dimension, hidden], bias float32 [dimension]. */
export interface LateHead {
  readonly weight: FloatTensor
  readonly bias: FloatTensor
}

export interface OutputOptions {
  readonly outputs: readonly GraphOutput[]
  readonly pooling: GraphPooling
  /** Needed for `late_embeddings`. */
  readonly head?: LateHead
  /** Floats per row of `colbert_embeddings`, which need it. */
  readonly colbertDimension?: number | undefined
}

/** Adds the requested outputs and their axes. */
export async function addOutputs(context: OutputContext, options: OutputOptions): Promise<void> {
  const { outputs, pooling, head, colbertDimension } = options
  const { graph, hiddenState: x, shape, axes } = context
  const hidden = context.config.hiddenSize
  if (outputs.includes('sentence_embedding')) {
    normalize(graph, addPooling(graph, graph.add('Reshape', [x, shape], 'hidden'), pooling), 'sentence_embedding')
    axes.sentence_embedding = ['batch', hidden]
  }
  if (outputs.includes('token_embeddings')) {
    graph.add('Reshape', [normalize(graph, x, 'token_rows'), shape], 'token_embeddings')
    axes.token_embeddings = ['batch', 'tokens', hidden]
  }
  if (outputs.includes('late_embeddings')) addLateEmbeddings(context, head)
  if (outputs.includes('last_hidden_state')) {
    graph.add('Reshape', [x, shape], 'last_hidden_state')
    axes.last_hidden_state = ['batch', 'tokens', hidden]
  }
  if (outputs.includes('max_logits')) addMaxLogits(context)
  if (outputs.includes('logits')) addClassificationLogits(context)
  if (outputs.includes('colbert_embeddings')) {
    if (colbertDimension === undefined) throw new RangeError('colbert_embeddings need a dimension')
    axes.colbert_embeddings = addColbertHead({ ...context, hiddenSize: hidden, dimension: colbertDimension })
  }
}

function normalize(graph: OnnxGraph, input: string, output: string): string {
  return graph.add('LpNormalization', [input], output, { axis: -1n, p: 2n })
}

function addLateEmbeddings({ graph, config, hiddenState, axes }: OutputContext, head: LateHead | undefined): void {
  if (head === undefined) throw new RangeError('late_embeddings need a head')
  const dimension = head.bias.values.length
  if (head.weight.values.length !== dimension * config.hiddenSize) {
    throw new RangeError(`the late head is [${head.weight.shape}], expected [${dimension}, ${config.hiddenSize}]`)
  }
  const rows = axes.token_embeddings === undefined ? normalize(graph, hiddenState, 'token_rows') : 'token_rows'
  const parameters = [graph.constant('head.weight', head.weight), graph.constant('head.bias', head.bias)]
  graph.add('Gemm', [rows, ...parameters], 'late_linear', { transB: 1n })
  const shape = graph.add(
    'Concat',
    [
      graph.add('Shape', ['input_ids'], 'ids_shape_late'),
      graph.constant('late_dimension', { shape: [1], values: BigInt64Array.of(BigInt(dimension)) }),
    ],
    'late_shape',
    { axis: 0n },
  )
  graph.add('Reshape', [normalize(graph, 'late_linear', 'late_rows'), shape], 'late_embeddings')
  axes.late_embeddings = ['batch', 'tokens', dimension]
}

/**
 * Pools `hidden` [batch, tokens, hidden] to [batch, hidden]. The mean is a sum, whose divisor cancels in the L2 norm,
 * as a product with ones: the order in which ReduceSum adds, and so the last bit, depends on the batch size.
 */
function addPooling(graph: OnnxGraph, hidden: string, pooling: GraphPooling): string {
  if (pooling === 'cls') {
    return graph.add(
      'Gather',
      [hidden, graph.constant('first', { shape: [], values: BigInt64Array.of(0n) })],
      'pooled',
      {
        axis: 1n,
      },
    )
  }
  const axis = graph.constant('second_axis', { shape: [1], values: BigInt64Array.of(1n) })
  const one = { shape: [1], values: Float32Array.of(1) }
  const ones = graph.add('ConstantOfShape', [graph.add('Shape', ['input_ids'], 'ids_shape')], 'ones', { value: one })
  const total = graph.add('MatMul', [graph.add('Unsqueeze', [ones, axis], 'ones3'), hidden], 'total')
  return graph.add('Squeeze', [total, axis], 'pooled')
}
