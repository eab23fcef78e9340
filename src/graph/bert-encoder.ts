import { type BertConfig, BertTensors } from './bert-config.js'
import { addOutputs, type GraphOutput, type GraphPooling, type LateHead } from './bert-outputs.js'
import { type ChannelMaxima, createInt8Linear, maximaName, SMOOTHING_EXPONENTS } from './int8-linear.js'
import { type AddLinear, createFloatLinear, type LinearLayers, type LinearSite, type Parameters } from './linear.js'
import { MICROSOFT_DOMAIN, OnnxGraph } from './onnx-graph.js'
import type { Axes } from './output-context.js'
import { type Checkpoint, readFloatTensor, type TensorRange } from './safetensors.js'

/** Arithmetic of the linear layers; all else is float32 in both. */
export type Precision = 'fp32' | 'int8'

export interface BertGraphOptions {
  readonly checkpoint: Checkpoint
  readonly config: BertConfig
  /** Name of the checkpoint file beside the graph file. */
  readonly weightsFile: string
  readonly outputs: readonly GraphOutput[]
  readonly pooling: GraphPooling
  /** Needed for `late_embeddings`. */
  readonly head?: LateHead
  /** Floats per row of `colbert_embeddings`, which need it. */
  readonly colbertDimension?: number | undefined
  /** @default 'fp32' */
  readonly precision?: Precision
  /** Makes int8 more exact; without it nothing is smoothed. */
  readonly maxima?: ChannelMaxima | undefined
  /** Adds the input `attention_mask`. @default false: every token is attended to */
  readonly maskInput?: boolean | undefined
  /** Adds the input `token_type_ids`. @default false: every token is of type 0 */
  readonly typeInput?: boolean | undefined
}

/** Raise it whenever the bytes of a graph change: graph files on disk are found by it. */
export const BUILDER_VERSION = 2

/**
 * An ONNX graph of a BERT encoder whose weights are byte ranges of its checkpoint; in int8 those of the linear layers are in the graph.
 *
 * Input `input_ids` is int32 [batch, tokens]; every text of a batch has the same number of tokens, so there is no mask, and a
 * text's vectors are the same bits whatever stands beside it. Where asked for, `attention_mask` and `token_type_ids` are inputs of
 * the same type and shape; pooling pays no attention to the mask. Outputs, float32, every row of L2 norm 1:
 * `sentence_embedding` [batch, hidden], `token_embeddings` [batch, tokens, hidden],
 * `late_embeddings` [batch, tokens, head dimension] = W · token_embedding + b; and as they are `last_hidden_state` [batch, tokens,
 * hidden] and `colbert_embeddings` [batch, tokens, dimension] = W · last_hidden_state.
 * `channel_maxima` are several outputs, `0.qkv`, `0.intermediate`, …, each [hidden]: the largest magnitude of each channel.
 * @throws ModelError `CHECKPOINT_UNSUPPORTED` if a parameter is missing, not float32, or of another shape
 */
export async function buildBertGraph(options: BertGraphOptions): Promise<Uint8Array> {
  const { checkpoint, config } = options
  const graph = new OnnxGraph(options.weightsFile)
  const tensors = new BertTensors(checkpoint)
  const parameters: Parameters = {
    has: (name) => tensors.has(name),
    add: (name, shape, firstRow = 0) => {
      const [rows, ...rest] = shape as [number, ...number[]]
      const key = tensors.find(name, [firstRow + rows, ...rest])
      const range = checkpoint.tensors.get(key)!
      return graph.weight(key, firstRow === 0 ? range : rowsFrom(range, firstRow))
    },
    read: (name, shape) => readFloatTensor(checkpoint, tensors.find(name, shape)),
  }
  let linear =
    options.precision === 'int8'
      ? createInt8Linear(graph, parameters, options.maxima)
      : createFloatLinear(graph, parameters)
  const axes: Axes = {}
  if (options.outputs.includes('channel_maxima')) linear = observeMaxima(graph, linear, axes)
  const hiddenState = await addEncoder(graph, options, parameters, linear)
  await addOutputs({ graph, config, parameters, hiddenState, shape: 'shape', axes }, options)
  const inputs = [
    'input_ids',
    ...(options.maskInput === true ? ['attention_mask'] : []),
    ...(options.typeInput === true ? ['token_type_ids'] : []),
  ]
  return graph.encode(Object.fromEntries(inputs.map((name) => [name, ['batch', 'tokens']])), axes)
}

/** The rows of a matrix from one on. */
function rowsFrom(range: TensorRange, firstRow: number): TensorRange {
  const [rows, ...rest] = range.shape as [number, ...number[]]
  const skippedBytes = (range.lengthBytes / rows) * firstRow
  return {
    dtype: range.dtype,
    shape: [rows - firstRow, ...rest],
    offsetBytes: range.offsetBytes + skippedBytes,
    lengthBytes: range.lengthBytes - skippedBytes,
  }
}

/** Embeddings and layers; returns the name of the last hidden state, float32 [batch × tokens, hidden]. */
async function addEncoder(
  graph: OnnxGraph,
  { config, maskInput, typeInput }: BertGraphOptions,
  parameters: Parameters,
  linear: AddLinear,
): Promise<string> {
  const { hiddenSize: hidden, intermediateSize: inner, layerNormEpsilon: epsilon } = config
  const hasTypes = config.typeVocabularySize > 0
  if (typeInput !== true && hasTypes) graph.add('Sub', ['input_ids', 'input_ids'], 'segment_ids')
  graph.add(
    'EmbedLayerNormalization',
    [
      'input_ids',
      hasTypes ? (typeInput === true ? 'token_type_ids' : 'segment_ids') : '',
      parameters.add('embeddings.word_embeddings.weight', [config.vocabularySize, hidden]),
      parameters.add('embeddings.position_embeddings.weight', [config.maxPositions, hidden], config.positionOffset),
      hasTypes ? parameters.add('embeddings.token_type_embeddings.weight', [config.typeVocabularySize, hidden]) : '',
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
    const masked = maskInput === true ? [...qkv, '', 'attention_mask'] : qkv
    graph.add('MultiHeadAttention', masked, `${name}.attention`, { num_heads: BigInt(config.heads) }, MICROSOFT_DOMAIN)
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
