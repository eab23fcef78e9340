import { addClassificationLogits } from './classification-head.js'
import { addColbertHead } from './colbert-head.js'
import { addDenseLayer, type DenseLayer, denseDimension, type EmbeddingStep } from './dense-layer.js'
import type { GraphOutput } from './graph-output.js'
import { addMaxLogits } from './language-model-head.js'
import type { OnnxGraph } from './onnx-graph.js'
import { addRowsShape, type OutputContext } from './output-context.js'
import type { FloatTensor } from './safetensors.js'

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
  readonly head?: LateHead | undefined
  /** Floats per row of `colbert_embeddings`, which need it. */
  readonly colbertDimension?: number | undefined
  /** What `sentence_embedding` goes through behind the pooling. @default L2 normalization alone */
  readonly steps?: readonly EmbeddingStep[] | undefined
  /** The linear layers that `colbert_embeddings` go through. @default the checkpoint's `linear.weight` */
  readonly projections?: readonly DenseLayer[] | undefined
}

/** What a sentence embedding goes through unless it is said otherwise. */
const NORMALIZED: readonly EmbeddingStep[] = [{ kind: 'normalize' }]

/** Adds the requested outputs and their axes. */
export async function addOutputs(context: OutputContext, options: OutputOptions): Promise<void> {
  const { outputs, pooling, head, colbertDimension, steps = NORMALIZED, projections } = options
  const { graph, hiddenState: x, shape, axes } = context
  const hidden = context.config.hiddenSize
  if (outputs.includes('sentence_embedding')) {
    addSentenceEmbedding(graph, graph.add('Reshape', [x, shape], 'hidden'), pooling, steps)
    axes.sentence_embedding = ['batch', denseDimension(steps, hidden)]
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
    axes.colbert_embeddings = addColbertHead({
      ...context,
      hiddenSize: hidden,
      dimension: colbertDimension,
      projections,
    })
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
  const shape = addRowsShape(graph, 'ids_shape_late', ['late_dimension', dimension], 'late_shape')
  graph.add('Reshape', [normalize(graph, 'late_linear', 'late_rows'), shape], 'late_embeddings')
  axes.late_embeddings = ['batch', 'tokens', dimension]
}

/** Adds the pooling and all that follows it. */
function addSentenceEmbedding(
  graph: OnnxGraph,
  hidden: string,
  pooling: GraphPooling,
  steps: readonly EmbeddingStep[],
): void {
  // the divisor of a mean cancels in an L2 norm
  const isDivided = pooling === 'mean' && steps[0]?.kind !== 'normalize'
  const pooled = addPooling(graph, hidden, pooling)
  const last = steps.reduce(
    (x, step, i) =>
      step.kind === 'normalize' ? normalize(graph, x, `step_${i}`) : addDenseStep(graph, x, step, `step_${i}`),
    isDivided ? divideByTokens(graph, pooled) : pooled,
  )
  graph.add('Identity', [last], 'sentence_embedding')
}

/**
 * Runs a layer over two copies of every row: the product of a single row is computed by another kernel than that of several, with
 * other last bits, and so a text would show whether it was alone.
 */
function addDenseStep(graph: OnnxGraph, x: string, layer: DenseLayer, name: string): string {
  const [out, into] = layer.weight.shape as [number, number]
  const apart = graph.add('Unsqueeze', [x, graph.indices('second_axis', 1)], `${name}.apart`)
  const twice = graph.add('Concat', [apart, apart], `${name}.twice`, { axis: 1n })
  const rows = graph.add('Reshape', [twice, graph.indices(`rows_of_${into}`, -1, into)], `${name}.rows`)
  const result = addDenseLayer(graph, rows, layer, name)
  const pairs = graph.add('Reshape', [result, graph.indices(`pairs_of_${out}`, -1, 2, out)], `${name}.pairs`)
  return graph.add('Gather', [pairs, graph.index('first', 0)], name, { axis: 1n })
}

function divideByTokens(graph: OnnxGraph, total: string): string {
  const sizes = graph.add('Shape', ['input_ids'], 'mean_shape')
  const count = graph.add('Gather', [sizes, graph.index('second', 1)], 'mean_tokens')
  return graph.add('Div', [total, graph.add('Cast', [count], 'mean_divisor', { to: 1n })], 'mean')
}

/**
 * Pools `hidden` [batch, tokens, hidden] to [batch, hidden]. The mean is a sum, whose divisor cancels in the L2 norm,
 * as a product with ones: the order in which ReduceSum adds, and so the last bit, depends on the batch size.
 */
function addPooling(graph: OnnxGraph, hidden: string, pooling: GraphPooling): string {
  if (pooling === 'cls') {
    return graph.add('Gather', [hidden, graph.index('first', 0)], 'pooled', { axis: 1n })
  }
  const axis = graph.indices('second_axis', 1)
  const one = { shape: [1], values: Float32Array.of(1) }
  const ones = graph.add('ConstantOfShape', [graph.add('Shape', ['input_ids'], 'ids_shape')], 'ones', { value: one })
  const total = graph.add('MatMul', [graph.add('Unsqueeze', [ones, axis], 'ones3'), hidden], 'total')
  return graph.add('Squeeze', [total, axis], 'pooled')
}
