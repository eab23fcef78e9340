import { ModelError } from '../errors.js'
import { MICROSOFT_DOMAIN } from './onnx-graph.js'
import { addRowsShape, type OutputContext } from './output-context.js'

/** What the families call the parts of their masked-language-model heads. */
interface HeadNames {
  readonly dense: string
  readonly norm: string
  /** Where it is missing, the decoder is the word embeddings. */
  readonly decoder: string
  readonly bias: string
}

const WORD_EMBEDDINGS = 'embeddings.word_embeddings.weight'
const BERT: HeadNames = {
  dense: 'cls.predictions.transform.dense',
  norm: 'cls.predictions.transform.LayerNorm',
  decoder: 'cls.predictions.decoder.weight',
  bias: 'cls.predictions.bias',
}
const ROBERTA: HeadNames = {
  dense: 'lm_head.dense',
  norm: 'lm_head.layer_norm',
  decoder: 'lm_head.decoder.weight',
  bias: 'lm_head.bias',
}
const DISTILBERT: HeadNames = {
  dense: 'vocab_transform',
  norm: 'vocab_layer_norm',
  decoder: 'vocab_projector.weight',
  bias: 'vocab_projector.bias',
}

/**
 * Adds the output `max_logits`, float32 [batch, vocabulary]: for each token of the vocabulary the largest logit over a text's
 * tokens, of the head that BertForMaskedLM and its like have. The logits themselves are tokens times as many, and stay inside.
 * @throws ModelError `CHECKPOINT_UNSUPPORTED` if there is no such head
 */
export function addMaxLogits({ graph, config, parameters, hiddenState, axes }: OutputContext): void {
  const { hiddenSize: hidden, vocabularySize: vocabulary } = config
  const names = [BERT, ROBERTA, DISTILBERT].find(({ dense }) => parameters.has(`${dense}.weight`))
  if (names === undefined) {
    throw new ModelError(
      'CHECKPOINT_UNSUPPORTED',
      `There is no masked-language-model head in the checkpoint: expected "${BERT.dense}.weight" or its like, as BertForMaskedLM has it.`,
    )
  }
  const dense = [`${names.dense}.weight`, `${names.dense}.bias`] as const
  const weights = [parameters.add(dense[0], [hidden, hidden]), parameters.add(dense[1], [hidden])]
  const transformed = graph.add('Gemm', [hiddenState, ...weights], 'head.transformed', { transB: 1n })
  const activated = graph.add('Gelu', [transformed], 'head.gelu', {}, MICROSOFT_DOMAIN)
  const norm = [parameters.add(`${names.norm}.weight`, [hidden]), parameters.add(`${names.norm}.bias`, [hidden])]
  const normalized = graph.add('LayerNormalization', [activated, ...norm], 'head.normalized', {
    axis: -1n,
    epsilon: config.layerNormEpsilon,
  })
  const decoder = parameters.has(names.decoder) ? names.decoder : WORD_EMBEDDINGS
  const decoding = [parameters.add(decoder, [vocabulary, hidden]), parameters.add(names.bias, [vocabulary])]
  const logits = graph.add('Gemm', [normalized, ...decoding], 'head.logits', { transB: 1n })
  const shape = addRowsShape(graph, 'head.ids_shape', ['head.vocabulary', vocabulary], 'head.shape')
  const byText = graph.add('Reshape', [logits, shape], 'head.logits3')
  graph.add('ReduceMax', [byText], 'max_logits', { axes: [1n], keepdims: 0n })
  axes.max_logits = ['batch', vocabulary]
}
