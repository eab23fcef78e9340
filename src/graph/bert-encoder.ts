import { type BertConfig, BertTensors } from './bert-config.js'
import { type ChannelMaxima, createInt8Linear, maximaName, SMOOTHING_EXPONENTS } from './int8-linear.js'
import { type AddLinear, createFloatLinear, type LinearLayers, type LinearSite, type Parameters } from './linear.js'
import { MICROSOFT_DOMAIN, OnnxGraph } from './onnx-graph.js'
import { type Checkpoint, type FloatTensor, readFloatTensor } from './safetensors.js'

/**
 * What a graph computes; each set of outputs is a graph of its own, so that nothing is computed that nobody asked for.
 * `channel_maxima` is for calibrating int8.
 */
export type GraphOutput = 'sentence_embedding' | 'token_embeddings' | 'late_embeddings' | 'channel_maxima'

/** Arithmetic of the linear layers; all else is float32 in both. */
export type Precision = 'fp32' | 'int8'

/** How token embeddings become one sentence embedding: their mean, or the row of `[CLS]`. */
export type Pooling = 'mean' | 'cls'

/** A linear map of normalized token embeddings: weight float32 [dimension, hidden], bias float32 [dimension]. */
export interface LateHead {
  readonly weight: FloatTensor
  readonly bias: FloatTensor
}

export interface BertGraphOptions {
  readonly checkpoint: Checkpoint
  readonly config: BertConfig
  /** Name of the checkpoint file beside the graph file. */
  readonly weightsFile: string
  readonly outputs: readonly GraphOutput[]
  readonly pooling: Pooling
  /** Needed for `late_embeddings`. */
  readonly head?: LateHead
  /** @default 'fp32' */
  readonly precision?: Precision
  /** Makes int8 more exact; without it nothing is smoothed. */
  readonly maxima?: ChannelMaxima | undefined
}

/** Raise it whenever the bytes of a graph change: graph files on disk are found by it. */
export const BUILDER_VERSION = 2

/**
 * An ONNX graph of a BERT encoder whose weights are byte ranges of its checkpoint; in int8 those of the linear layers are in the graph.
 *
 * Input `input_ids` is int32 [batch, tokens]; every text of a batch has the same number of tokens, so there is no mask, and a
 * text's vectors are the same bits whatever stands beside it. Outputs, float32, every row of L2 norm 1:
 * `sentence_embedding` [batch, hidden], `token_embeddings` [batch, tokens, hidden],
 * `late_embeddings` [batch, tokens, head dimension] = W · token_embedding + b.
 * `channel_maxima` are several outputs, `0.qkv`, `0.intermediate`, …, each [hidden]: the largest magnitude of each channel.
 * @throws ModelError `CHECKPOINT_UNSUPPORTED` if a parameter is missing, not float32, or of another shape
 */
export async function buildBertGraph(options: BertGraphOptions): Promise<Uint8Array> {
  const { checkpoint, config } = options
  const graph = new OnnxGraph(options.weightsFile)
  const tensors = new BertTensors(checkpoint)
  const parameters: Parameters = {
    add: (name, shape) => {
      const key = tensors.find(name, shape)
      return graph.weight(key, checkpoint.tensors.get(key)!)
    },
    read: (name, shape) => readFloatTensor(checkpoint, tensors.find(name, shape)),
  }
  let linear =
    options.precision === 'int8'
      ? createInt8Linear(graph, parameters, options.maxima)
      : createFloatLinear(graph, parameters)
  const axes: Axes = {}
  if (options.outputs.includes('channel_maxima')) linear = observeMaxima(graph, linear, axes)
  const hidden = await addEncoder(graph, config, parameters, linear)
  addOutputs(graph, hidden, options, axes)
  return graph.encode({ input_ids: ['batch', 'tokens'] }, axes)
}

/** Axes of outputs; a number is a fixed size. */
type Axes = Record<string, readonly (string | number)[]>

/** Embeddings and layers; returns the name of the last hidden state, float32 [batch × tokens, hidden]. */
async function addEncoder(
  graph: OnnxGraph,
  config: BertConfig,
  parameters: Parameters,
  linear: AddLinear,
): Promise<string> {
  const { hiddenSize: hidden, intermediateSize: inner, layerNormEpsilon: epsilon } = config
  graph.add('Sub', ['input_ids', 'input_ids'], 'segment_ids')
  graph.add(
    'EmbedLayerNormalization',
    [
      'input_ids',
      'segment_ids',
      parameters.add('embeddings.word_embeddings.weight', [config.vocabularySize, hidden]),
      parameters.add('embeddings.position_embeddings.weight', [config.maxPositions, hidden]),
      parameters.add('embeddings.token_type_embeddings.weight', [config.typeVocabularySize, hidden]),
      parameters.add('embeddings.LayerNorm.weight', [hidden]),
      parameters.add('embeddings.LayerNorm.bias', [hidden]),
    ],
    ['embedded', 'unused_mask_index'],
    { epsilon },
    MICROSOFT_DOMAIN,
  )
  const shape = graph.add('Shape', ['embedded'], 'shape')
  const rows = graph.constant('rows', { shape: [2], values: BigInt64Array.of(-1n, BigInt(hidden)) })
  // Add and LayerNormalization: the fused SkipLayerNormalization is several times slower on the CPU.
  const addNorm = (y: string, x: string, name: string): string =>
    graph.add(
      'LayerNormalization',
      [
        graph.add('Add', [y, x], `${name}.sum`),
        parameters.add(`${name}.LayerNorm.weight`, [hidden]),
        parameters.add(`${name}.LayerNorm.bias`, [hidden]),
      ],
      `${name}.normalized`,
      { axis: -1n, epsilon },
    )

  let x = graph.add('Reshape', ['embedded', rows], 'x')
  for (let layer = 0; layer < config.layers; layer++) {
    const name = `encoder.layer.${layer}`
    const apply = async (input: string, site: LinearSite, part: string, size: LinearLayers['shape']): Promise<string> =>
      (await linear(input, { site, layer, names: [`${name}.${part}`], shape: size }))[0]!

    const names = ['query', 'key', 'value'].map((part) => `${name}.attention.self.${part}`)
    const projections = await linear(x, { site: 'qkv', layer, names, shape: [hidden, hidden] })
    const qkv = projections.map((projection) => graph.add('Reshape', [projection, shape], `${projection}3`))
    graph.add('MultiHeadAttention', qkv, `${name}.attention`, { num_heads: BigInt(config.heads) }, MICROSOFT_DOMAIN)
    const attention = graph.add('Reshape', [`${name}.attention`, rows], `${name}.attention2`)
    const projected = await apply(attention, 'attention_output', 'attention.output.dense', [hidden, hidden])
    const attended = addNorm(projected, x, `${name}.attention.output`)
    const expanded = await apply(attended, 'intermediate', 'intermediate.dense', [inner, hidden])
    const activated = graph.add('Gelu', [expanded], `${name}.gelu`, {}, MICROSOFT_DOMAIN)
    x = addNorm(await apply(activated, 'output', 'output.dense', [hidden, inner]), attended, `${name}.output`)
  }
  return x
}

/** Linear layers that also give the largest magnitude of each channel of the inputs that int8 smooths. */
function observeMaxima(graph: OnnxGraph, linear: AddLinear, axes: Axes): AddLinear {
  return (input, layers) => {
    if (SMOOTHING_EXPONENTS[layers.site] !== undefined) {
      const name = maximaName(layers)
      const magnitudes = graph.add('Abs', [input], `${name}.observed`)
      graph.add('ReduceMax', [magnitudes], name, { axes: [0n], keepdims: 0n })
      axes[name] = [layers.shape[1]]
    }
    return linear(input, layers)
  }
}

/** Adds the requested outputs and their axes. */
function addOutputs(graph: OnnxGraph, x: string, options: BertGraphOptions, axes: Axes): void {
  const { outputs, head } = options
  const hidden = options.config.hiddenSize
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
