import type { BertConfig, EncoderSizes } from '../architectures/bert-config.js'
import type { MatrixRows } from '../linear.js'
import { MICROSOFT_DOMAIN } from '../onnx-graph.js'
import { addAttention, addFeedForward, addLinear, addRows, addSumNorm, type EncoderContext } from './encoder-parts.js'

/** What a family calls the parameters of its attention. */
export interface AttentionNames {
  /** Of query, key and value. */
  readonly projections: readonly string[]
  readonly output: string
  readonly norm: string
}

const NAMES: AttentionNames = {
  projections: ['self.query', 'self.key', 'self.value'],
  output: 'output.dense',
  norm: 'output.LayerNorm',
}

/** BERT's encoder. @returns the name of the last hidden state, float32 [batch × tokens, hidden] */
export async function addBertEncoder(context: EncoderContext, config: BertConfig): Promise<string> {
  const { graph, hasTypes: isTyped } = context
  const { positionOffset = 0, maxPositions } = config
  const hasTypes = config.typeVocabularySize > 0
  if (!isTyped && hasTypes) graph.add('Sub', ['input_ids', 'input_ids'], 'segment_ids')
  const positions = positionOffset === 0 ? undefined : { first: positionOffset, of: positionOffset + maxPositions }
  const types = hasTypes ? (isTyped ? 'token_type_ids' : 'segment_ids') : ''
  const x = addEmbeddings(context, config, { types, typeCount: config.typeVocabularySize, positions })
  return addBertLayers(context, config, x, NAMES)
}

/** Adds the sum of a token's embeddings, normalized: float32 [batch × tokens, hidden]. @param types their input, '' for none */
export function addEmbeddings(
  context: EncoderContext,
  { vocabularySize, maxPositions }: EncoderSizes,
  { types, typeCount, positions }: { types: string; typeCount: number; positions: MatrixRows | undefined },
): string {
  const { graph, parameters, hiddenSize: hidden, epsilon } = context
  graph.add(
    'EmbedLayerNormalization',
    [
      'input_ids',
      types,
      parameters.add('embeddings.word_embeddings.weight', [vocabularySize, hidden]),
      parameters.add('embeddings.position_embeddings.weight', [maxPositions, hidden], positions),
      types === '' ? '' : parameters.add('embeddings.token_type_embeddings.weight', [typeCount, hidden]),
      parameters.add('embeddings.LayerNorm.weight', [hidden]),
      parameters.add('embeddings.LayerNorm.bias', [hidden]),
    ],
    ['embedded', 'unused_mask_index'],
    { epsilon },
    MICROSOFT_DOMAIN,
  )
  return addRows(context, 'embedded')
}

/** Adds the layers, each of attention and a feed-forward network. @param bias of the scores of attention */
export async function addBertLayers(
  context: EncoderContext,
  { layers, hiddenSize: hidden, intermediateSize: inner }: EncoderSizes,
  embedded: string,
  { projections, output, norm }: AttentionNames,
  bias?: string,
): Promise<string> {
  let x = embedded
  for (let layer = 0; layer < layers; layer++) {
    const name = `encoder.layer.${layer}`
    const size = [hidden, hidden] as const
    const names = projections.map((part) => `${name}.attention.${part}`)
    const projected = await context.linear(x, { site: 'qkv', layer, names, shape: size })
    const rows = addAttention(context, { name: `${name}.attention`, projections: projected, bias })
    const out = await addLinear(context, rows, 'attention_output', layer, `${name}.attention.${output}`, size)
    const attended = addSumNorm(context, out, x, `${name}.attention.${norm}`)
    x = await addFeedForward(context, attended, layer, name, inner)
  }
  return x
}
