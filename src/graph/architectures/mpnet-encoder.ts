import { MPNET_POSITION_OFFSET, type MpnetConfig } from '../architectures/mpnet-config.js'
import { type AttentionNames, addBertLayers, addEmbeddings } from './bert-encoder.js'
import { addDistances, type EncoderContext } from './encoder-parts.js'

const NAMES: AttentionNames = { projections: ['attn.q', 'attn.k', 'attn.v'], output: 'attn.o', norm: 'LayerNorm' }

/** Distance from which on all tokens are in the last bucket. */
const MAX_DISTANCE = 128

/**
 * MPNet: BERT without token types, whose attention adds a bias for each head by the distance of two tokens, the same in all layers.
 * @returns the name of the last hidden state, float32 [batch × tokens, hidden]
 */
export async function addMpnetEncoder(context: EncoderContext, config: MpnetConfig): Promise<string> {
  const positions = { first: MPNET_POSITION_OFFSET, of: config.maxPositions + MPNET_POSITION_OFFSET }
  const x = addEmbeddings(context, config, { types: '', typeCount: 0, positions })
  return addBertLayers(context, config, x, NAMES, await addDistanceBias(context, config))
}

/** What is added to the scores: float32 [1, heads, tokens, tokens], looked up by the distance of two tokens. */
async function addDistanceBias(context: EncoderContext, { buckets, maxPositions }: MpnetConfig): Promise<string> {
  const { graph, parameters, heads } = context
  const { values } = await parameters.read('encoder.relative_attention_bias.weight', [buckets, heads])
  const distances = 2 * maxPositions - 1
  const table = new Float32Array(heads * distances)
  for (let i = 0; i < distances; i++) {
    const bucket = bucketOf(i - (maxPositions - 1), buckets)
    for (let head = 0; head < heads; head++) table[head * distances + i] = values[bucket * heads + head]!
  }
  const least = graph.index('least_distance', maxPositions - 1)
  const places = graph.add('Add', [addDistances(context), least], 'distance_places')
  const lookUp = graph.constant('distance_bias', { shape: [heads, distances], values: table })
  const bias = graph.add('Gather', [lookUp, places], 'distance_bias3', { axis: 1n })
  return graph.add('Unsqueeze', [bias, graph.indices('axis_0', 0)], 'distance_bias4')
}

/**
 * T5's buckets: half of them for tokens behind, half for those before; near distances have one each, far ones share by their logarithm.
 * @see https://arxiv.org/abs/1910.10683 section 2.1
 */
function bucketOf(distance: number, buckets: number): number {
  const half = buckets / 2
  const begin = distance > 0 ? half : 0
  const gap = Math.abs(distance)
  const exact = half / 2
  if (gap < exact) return begin + gap
  const share = Math.fround(Math.log(gap / exact)) / Math.log(MAX_DISTANCE / exact)
  return begin + Math.min(half - 1, exact + Math.trunc(share * (half - exact)))
}
