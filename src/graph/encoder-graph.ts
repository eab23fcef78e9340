import { addBertEncoder } from './architectures/bert-encoder.js'
import type { EncoderConfig } from './architectures/encoder-config.js'
import type { EncoderContext } from './architectures/encoder-parts.js'
import { EncoderTensors } from './architectures/encoder-tensors.js'
import { addModernBertEncoder } from './architectures/modernbert-encoder.js'
import { addMpnetEncoder } from './architectures/mpnet-encoder.js'
import { addRotaryBertEncoder } from './architectures/rotary-bert-encoder.js'
import { addOutputs, type OutputOptions } from './bert-outputs.js'
import { type ChannelMaxima, createInt8Linear, maximaName, SMOOTHING_EXPONENTS } from './int8-linear.js'
import { type AddLinear, createFloatLinear, type MatrixRows, type Parameters } from './linear.js'
import { OnnxGraph } from './onnx-graph.js'
import type { Axes } from './output-context.js'
import type { Precision } from './precision.js'
import type { Checkpoint, TensorRange } from './safetensors.js'
import { readTensorAsFloats } from './tensor-values.js'

export interface EncoderGraphOptions extends OutputOptions {
  readonly checkpoint: Checkpoint
  readonly config: EncoderConfig
  /** Name of the checkpoint file beside the graph file. */
  readonly weightsFile: string
  /** @default 'fp32' */
  readonly precision?: Precision | undefined
  /** Makes int8 more exact; without it nothing is smoothed. */
  readonly maxima?: ChannelMaxima | undefined
  /** Adds the input `attention_mask`. @default false: every token is attended to */
  readonly maskInput?: boolean | undefined
  /** Adds the input `token_type_ids`. @default false: every token is of type 0 */
  readonly typeInput?: boolean | undefined
}

/**
 * An ONNX graph of an encoder whose weights are byte ranges of its checkpoint; in int8 those of the linear layers are in the graph.
 *
 * Input `input_ids` is int32 [batch, tokens]; every text of a batch has the same number of tokens, so there is no mask, and a
 * text's vectors are the same bits whatever stands beside it. Where asked for, `attention_mask` and `token_type_ids` are inputs of
 * the same type and shape; pooling pays no attention to the mask. Outputs, float32, every row of L2 norm 1:
 * `sentence_embedding` [batch, hidden], `token_embeddings` [batch, tokens, hidden],
 * `late_embeddings` [batch, tokens, head dimension] = W · token_embedding + b; and as they are `last_hidden_state` [batch, tokens,
 * hidden] and `colbert_embeddings` [batch, tokens, dimension] = W · last_hidden_state.
 * `channel_maxima` are several outputs, `0.qkv`, `0.intermediate`, …, each [hidden]: the largest magnitude of each channel.
 * @throws ModelError `CHECKPOINT_UNSUPPORTED` if a parameter is missing, not of floats, or of another shape
 */
export async function buildEncoderGraph(options: EncoderGraphOptions): Promise<Uint8Array> {
  const { checkpoint, config, maskInput = false, typeInput = false } = options
  const graph = new OnnxGraph(options.weightsFile)
  const parameters = parametersOf(graph, checkpoint, config)
  let linear =
    options.precision === 'int8'
      ? createInt8Linear(graph, parameters, options.maxima)
      : createFloatLinear(graph, parameters)
  const axes: Axes = {}
  if (options.outputs.includes('channel_maxima')) linear = observeMaxima(graph, linear, axes)
  const { hiddenSize, heads, layerNormEpsilon: epsilon } = config
  const context = { graph, parameters, linear, hiddenSize, heads, epsilon, hasMask: maskInput, hasTypes: typeInput }
  const hiddenState = await addEncoder(context, config)
  await addOutputs({ graph, config, parameters, hiddenState, shape: 'shape', axes }, options)
  const inputs = ['input_ids', ...(maskInput ? ['attention_mask'] : []), ...(typeInput ? ['token_type_ids'] : [])]
  return graph.encode(Object.fromEntries(inputs.map((name) => [name, ['batch', 'tokens']])), axes)
}

/** @returns the name of the last hidden state, float32 [batch × tokens, hidden] */
function addEncoder(context: EncoderContext, config: EncoderConfig): Promise<string> {
  switch (config.architecture) {
    case 'modernbert':
      return addModernBertEncoder(context, config)
    case 'nomic':
    case 'gte':
      return addRotaryBertEncoder(context, config)
    case 'mpnet':
      return addMpnetEncoder(context, config)
    default:
      return addBertEncoder(context, config)
  }
}

/** The tensors of a checkpoint by their names in the encoder. */
function parametersOf(graph: OnnxGraph, checkpoint: Checkpoint, config: EncoderConfig): Parameters {
  const words = config.architecture === 'modernbert' ? 'tok_embeddings' : 'word_embeddings'
  const tensors = new EncoderTensors(checkpoint, `embeddings.${words}.weight`)
  const whole = ([, ...rest]: readonly number[], { of }: MatrixRows) => [of, ...rest]
  return {
    has: (name) => tensors.has(name),
    add: (name, shape, rows) => {
      if (rows === undefined) {
        const key = tensors.find(name, shape)
        return graph.weight(key, checkpoint.tensors.get(key)!)
      }
      const key = tensors.find(name, whole(shape, rows))
      return graph.weight(`${key}[${rows.first}]`, rowsOf(checkpoint.tensors.get(key)!, rows.first, shape[0]!))
    },
    read: async (name, shape, rows) => {
      if (rows === undefined) return readTensorAsFloats(checkpoint, tensors.find(name, shape))
      const { values } = await readTensorAsFloats(checkpoint, tensors.find(name, whole(shape, rows)))
      const rowSize = values.length / rows.of
      return { shape, values: values.subarray(rows.first * rowSize, (rows.first + shape[0]!) * rowSize) }
    },
  }
}

/** Some rows of a matrix, or elements of a vector. */
function rowsOf(range: TensorRange, first: number, count: number): TensorRange {
  const [rows, ...rest] = range.shape as [number, ...number[]]
  const rowBytes = range.lengthBytes / rows
  return {
    dtype: range.dtype,
    shape: [count, ...rest],
    offsetBytes: range.offsetBytes + rowBytes * first,
    lengthBytes: rowBytes * count,
  }
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
