import type { BertConfig } from '../architectures/bert-config.js'
import { MICROSOFT_DOMAIN } from '../onnx-graph.js'
import { addAttention, addFeedForward, addLinear, addRows, addSumNorm, type EncoderContext } from './encoder-parts.js'

/** BERT's encoder. @returns the name of the last hidden state, float32 [batch × tokens, hidden] */
export async function addBertEncoder(context: EncoderContext, config: BertConfig): Promise<string> {
  const { graph, parameters, linear, hiddenSize: hidden, epsilon, hasTypes: isTyped } = context
  const { intermediateSize: inner, positionOffset = 0, maxPositions } = config
  const hasTypes = config.typeVocabularySize > 0
  if (!isTyped && hasTypes) graph.add('Sub', ['input_ids', 'input_ids'], 'segment_ids')
  const positions = positionOffset === 0 ? undefined : { first: positionOffset, of: positionOffset + maxPositions }
  graph.add(
    'EmbedLayerNormalization',
    [
      'input_ids',
      hasTypes ? (isTyped ? 'token_type_ids' : 'segment_ids') : '',
      parameters.add('embeddings.word_embeddings.weight', [config.vocabularySize, hidden]),
      parameters.add('embeddings.position_embeddings.weight', [maxPositions, hidden], positions),
      hasTypes ? parameters.add('embeddings.token_type_embeddings.weight', [config.typeVocabularySize, hidden]) : '',
      parameters.add('embeddings.LayerNorm.weight', [hidden]),
      parameters.add('embeddings.LayerNorm.bias', [hidden]),
    ],
    ['embedded', 'unused_mask_index'],
    { epsilon },
    MICROSOFT_DOMAIN,
  )
  let x = addRows(context, 'embedded')
  for (let layer = 0; layer < config.layers; layer++) {
    const name = `encoder.layer.${layer}`
    const size = [hidden, hidden] as const
    const names = ['query', 'key', 'value'].map((part) => `${name}.attention.self.${part}`)
    const projections = await linear(x, { site: 'qkv', layer, names, shape: size })
    const rows = addAttention(context, { name: `${name}.attention`, projections })
    const out = await addLinear(context, rows, 'attention_output', layer, `${name}.attention.output.dense`, size)
    const attended = addSumNorm(context, out, x, `${name}.attention.output.LayerNorm`)
    x = await addFeedForward(context, attended, layer, name, inner)
  }
  return x
}
