import type { AttentionKind, ModernBertConfig } from '../architectures/modernbert-config.js'
import { MICROSOFT_DOMAIN } from '../onnx-graph.js'
import {
  addAttention,
  addDistances,
  addLinear,
  addNorm,
  addRows,
  addStackedProjections,
  type EncoderContext,
  stackedRows,
} from './encoder-parts.js'
import { createRotation } from './rotary-embedding.js'

/** Added to the score of a token outside the window: its weight becomes 0. */
const FAR = -3e38

/**
 * ModernBERT: pre-norm layers whose first has no attention norm, rotary positions, windows, gated feed-forward networks.
 * @returns the name of the last hidden state, float32 [batch × tokens, hidden]
 * @see https://arxiv.org/abs/2412.13663
 */
export async function addModernBertEncoder(context: EncoderContext, config: ModernBertConfig): Promise<string> {
  const { graph, parameters, linear, hiddenSize: hidden } = context
  const { hasNormBias, hasAttentionBias, hasFeedForwardBias, intermediateSize: inner } = config
  const words = parameters.add('embeddings.tok_embeddings.weight', [config.vocabularySize, hidden])
  const gathered = graph.add('Gather', [words, 'input_ids'], 'words', { axis: 0n })
  let x = addRows(context, addNorm(context, gathered, 'embeddings.norm', hasNormBias))
  const rotations = rotationsOf(context, config)
  // a window that is as wide as the longest text leaves nothing out
  const isNarrow = config.attention.includes('window') && config.windowTokens < config.maxPositions - 1
  const window = isNarrow ? addWindow(context, config.windowTokens) : undefined

  for (const [layer, kind] of config.attention.entries()) {
    const name = `layers.${layer}`
    const normed = layer === 0 ? x : addNorm(context, x, `${name}.attn_norm`, hasNormBias)
    const projections = await addStackedProjections(context, normed, layer, `${name}.attn.Wqkv`, hasAttentionBias)
    const bias = kind === 'window' ? window : undefined
    const attended = addAttention(context, { name: `${name}.attention`, projections, rotate: rotations[kind], bias })
    const size = [hidden, hidden] as const
    const out = await addLinear(context, attended, 'attention_output', layer, `${name}.attn.Wo`, size, hasAttentionBias)
    const sum = graph.add('Add', [x, out], `${name}.attended`)

    const [input, gate] = await linear(addNorm(context, sum, `${name}.mlp_norm`, hasNormBias), {
      site: 'intermediate',
      layer,
      names: Array<string>(2).fill(`${name}.mlp.Wi`),
      shape: [inner, hidden],
      rows: stackedRows(2, inner),
      hasBias: hasFeedForwardBias,
    })
    const activated = graph.add('Gelu', [input!], `${name}.gelu`, {}, MICROSOFT_DOMAIN)
    const gated = graph.add('Mul', [activated, gate!], `${name}.gated`)
    const down = await addLinear(
      context,
      gated,
      'gated_output',
      layer,
      `${name}.mlp.Wo`,
      [hidden, inner],
      hasFeedForwardBias,
    )
    x = graph.add('Add', [sum, down], `${name}.sum`)
  }
  return addNorm(context, x, 'final_norm', hasNormBias)
}

function rotationsOf(
  { graph, heads, hiddenSize }: EncoderContext,
  { ropeTheta, maxPositions }: ModernBertConfig,
): Readonly<Record<AttentionKind, (input: string, output: string) => string>> {
  const headSize = hiddenSize / heads
  const full = createRotation(graph, { name: 'rotation_full', theta: ropeTheta.full, headSize, maxPositions })
  if (ropeTheta.window === ropeTheta.full) return { full, window: full }
  const window = createRotation(graph, { name: 'rotation_window', theta: ropeTheta.window, headSize, maxPositions })
  return { full, window }
}

/** What is added to the scores of a layer with a window: 0 for the tokens in it, float32 [1, 1, tokens, tokens]. */
function addWindow(context: EncoderContext, tokens: number): string {
  const { graph } = context
  const gaps = graph.add('Abs', [addDistances(context)], 'token_gaps')
  const far = graph.add('Greater', [gaps, graph.index('window_tokens', tokens)], 'is_outside')
  const value = (name: string, number: number) => graph.constant(name, { shape: [], values: Float32Array.of(number) })
  const bias = graph.add('Where', [far, value('outside', FAR), value('inside', 0)], 'window2')
  return graph.add('Unsqueeze', [bias, graph.indices('axes_0_1', 0, 1)], 'window')
}
