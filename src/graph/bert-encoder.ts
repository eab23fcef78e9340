import { type BertConfig, BertTensors } from './bert-config.js'
import { MICROSOFT_DOMAIN, OnnxGraph } from './onnx-graph.js'
import type { Checkpoint, FloatTensor } from './safetensors.js'

/** What a graph computes; each set of outputs is a graph of its own, so that nothing is computed that nobody asked for. */
export type GraphOutput = 'sentence_embedding' | 'token_embeddings' | 'late_embeddings'

/** How token embeddings become one sentence embedding: their mean, or the row of `[CLS]`. */
export type Pooling = 'mean' | 'cls'

/** A linear map of normalized token embeddings: weight float32 [dimension, hidden], bias float32 [dimension]. */
export interface LateHead {
  readonly weight: FloatTensor
  readonly bias: FloatTensor
}

/** Adds `input` [rows, in] · weightᵀ + bias to the graph under the name `output` [rows, out]; `name` is the layer in the checkpoint. */
export type AddLinear = (
  input: string,
  name: string,
  shape: readonly [out: number, into: number],
  output: string,
) => string

export interface BertGraphOptions {
  readonly checkpoint: Checkpoint
  readonly config: BertConfig
  /** Name of the checkpoint file beside the graph file. */
  readonly weightsFile: string
  readonly outputs: readonly GraphOutput[]
  readonly pooling: Pooling
  /** Needed for `late_embeddings`. */
  readonly head?: LateHead
}

/** Raise it whenever the bytes of a graph change: graph files on disk are found by it. */
export const BUILDER_VERSION = 1

/**
 * An ONNX graph of a BERT encoder whose weights are byte ranges of its checkpoint.
 *
 * Input `input_ids` is int32 [batch, tokens]; every text of a batch has the same number of tokens, so there is no mask, and a
 * text's vectors are the same bits whatever stands beside it. Outputs, float32, every row of L2 norm 1:
 * `sentence_embedding` [batch, hidden], `token_embeddings` [batch, tokens, hidden],
 * `late_embeddings` [batch, tokens, head dimension] = W · token_embedding + b.
 * @throws ModelError `CHECKPOINT_UNSUPPORTED` if a parameter is missing, not float32, or of another shape
 */
export function buildBertGraph(options: BertGraphOptions): Uint8Array {
  const { checkpoint, config } = options
  const graph = new OnnxGraph(options.weightsFile)
  const tensors = new BertTensors(checkpoint)
  const weight: AddWeight = (name, shape) => {
    const key = tensors.find(name, shape)
    return graph.weight(key, checkpoint.tensors.get(key)!)
  }
  // Gemm takes the checkpoint's [out, in] weights as they are.
  const linear: AddLinear = (input, name, [out, into], output) =>
    graph.add('Gemm', [input, weight(`${name}.weight`, [out, into]), weight(`${name}.bias`, [out])], output, {
      transB: 1n,
    })
  const hidden = addEncoder(graph, config, weight, linear)
  const axes = addOutputs(graph, hidden, options)
  return graph.encode({ input_ids: ['batch', 'tokens'] }, axes)
}

type AddWeight = (name: string, shape: readonly number[]) => string

/** Embeddings and layers; returns the name of the last hidden state, float32 [batch × tokens, hidden]. */
function addEncoder(graph: OnnxGraph, config: BertConfig, weight: AddWeight, linear: AddLinear): string {
  const { hiddenSize: hidden, intermediateSize: inner, layerNormEpsilon: epsilon } = config
  graph.add('Sub', ['input_ids', 'input_ids'], 'segment_ids')
  graph.add(
    'EmbedLayerNormalization',
    [
      'input_ids',
      'segment_ids',
      weight('embeddings.word_embeddings.weight', [config.vocabularySize, hidden]),
      weight('embeddings.position_embeddings.weight', [config.maxPositions, hidden]),
      weight('embeddings.token_type_embeddings.weight', [config.typeVocabularySize, hidden]),
      weight('embeddings.LayerNorm.weight', [hidden]),
      weight('embeddings.LayerNorm.bias', [hidden]),
    ],
    ['embedded', 'unused_mask_index'],
    { epsilon },
    MICROSOFT_DOMAIN,
  )
  const shape = graph.add('Shape', ['embedded'], 'shape')
  const rows = graph.constant('rows', { shape: [2], values: BigInt64Array.of(-1n, BigInt(hidden)) })
  // Add and LayerNormalization: the fused SkipLayerNormalization is several times slower on the CPU.
  const addNorm = (y: string, x: string, name: string, output: string): string =>
    graph.add(
      'LayerNormalization',
      [
        graph.add('Add', [y, x], `${output}.sum`),
        weight(`${name}.LayerNorm.weight`, [hidden]),
        weight(`${name}.LayerNorm.bias`, [hidden]),
      ],
      output,
      { axis: -1n, epsilon },
    )

  let x = graph.add('Reshape', ['embedded', rows], 'x')
  for (let layer = 0; layer < config.layers; layer++) {
    const name = `encoder.layer.${layer}`
    const project = (part: string): string => {
      const output = `${name}.${part}`
      return graph.add(
        'Reshape',
        [linear(x, `${name}.attention.self.${part}`, [hidden, hidden], output), shape],
        `${output}3`,
      )
    }
    const qkv = [project('query'), project('key'), project('value')]
    graph.add('MultiHeadAttention', qkv, `${name}.attention`, { num_heads: BigInt(config.heads) }, MICROSOFT_DOMAIN)
    const attention = graph.add('Reshape', [`${name}.attention`, rows], `${name}.attention2`)
    const projected = linear(attention, `${name}.attention.output.dense`, [hidden, hidden], `${name}.o`)
    const attended = addNorm(projected, x, `${name}.attention.output`, `${name}.attended`)
    const expanded = linear(attended, `${name}.intermediate.dense`, [inner, hidden], `${name}.i`)
    const activated = graph.add('Gelu', [expanded], `${name}.gelu`, {}, MICROSOFT_DOMAIN)
    x = addNorm(
      linear(activated, `${name}.output.dense`, [hidden, inner], `${name}.f`),
      attended,
      `${name}.output`,
      `${name}.x`,
    )
  }
  return x
}

/** The requested outputs; returns their axes. */
function addOutputs(
  graph: OnnxGraph,
  x: string,
  options: BertGraphOptions,
): Record<string, readonly (string | number)[]> {
  const { outputs, head } = options
  const hidden = options.config.hiddenSize
  const axes: Record<string, readonly (string | number)[]> = {}
  const normalize = (input: string, output: string): string =>
    graph.add('LpNormalization', [input], output, { axis: -1n, p: 2n })
  if (outputs.includes('sentence_embedding')) {
    normalize(addPooling(graph, graph.add('Reshape', [x, 'shape'], 'hidden'), options.pooling), 'sentence_embedding')
    axes.sentence_embedding = ['batch', hidden]
  }
  if (outputs.includes('token_embeddings')) {
    graph.add('Reshape', [normalize(x, 'token_rows'), 'shape'], 'token_embeddings')
    axes.token_embeddings = ['batch', 'tokens', hidden]
  }
  if (outputs.includes('late_embeddings')) {
    if (head === undefined) throw new RangeError('late_embeddings need a head')
    const dimension = head.bias.values.length
    if (head.weight.values.length !== dimension * hidden) {
      throw new RangeError(`the late head is [${head.weight.shape}], expected [${dimension}, ${hidden}]`)
    }
    const rows = axes.token_embeddings === undefined ? normalize(x, 'token_rows') : 'token_rows'
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
    graph.add('Reshape', [normalize('late_linear', 'late_rows'), shape], 'late_embeddings')
    axes.late_embeddings = ['batch', 'tokens', dimension]
  }
  return axes
}

/**
 * Pools `hidden` [batch, tokens, hidden] to [batch, hidden]. The mean is a sum, whose divisor cancels in the L2 norm,
 * as a product with ones: the order in which ReduceSum adds, and so the last bit, depends on the batch size.
 */
function addPooling(graph: OnnxGraph, hidden: string, pooling: Pooling): string {
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
