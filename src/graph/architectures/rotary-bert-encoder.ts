import type { RotaryBertConfig } from '../architectures/rotary-bert-config.js'
import type { LinearLayers } from '../linear.js'
import { MICROSOFT_DOMAIN } from '../onnx-graph.js'
import {
  addAttention,
  addLinear,
  addNorm,
  addRows,
  addStackedProjections,
  addSumNorm,
  type EncoderContext,
  stackedRows,
} from './encoder-parts.js'
import { createRotation } from './rotary-embedding.js'

/** What a family calls its parameters. */
interface Names {
  readonly embeddingNorm: string
  readonly layer: string
  readonly qkv: string
  readonly attentionOutput: string
  readonly attentionNorm: string
  /** The two halves of the gated layer, value and gate, as two matrices or as one. */
  readonly value: string
  readonly gate: string
  readonly output: string
  readonly outputNorm: string
  /** Whether query, key, value, attention's output and the last layer have a bias; the gated layer never has. */
  readonly hasBias: boolean
}

const NAMES: Readonly<Record<RotaryBertConfig['architecture'], Names>> = {
  nomic: {
    embeddingNorm: 'emb_ln',
    layer: 'encoder.layers',
    qkv: 'attn.Wqkv',
    attentionOutput: 'attn.out_proj',
    attentionNorm: 'norm1',
    value: 'mlp.fc11',
    gate: 'mlp.fc12',
    output: 'mlp.fc2',
    outputNorm: 'norm2',
    hasBias: false,
  },
  gte: {
    embeddingNorm: 'embeddings.LayerNorm',
    layer: 'encoder.layer',
    qkv: 'attention.qkv_proj',
    attentionOutput: 'attention.o_proj',
    attentionNorm: 'attn_ln',
    value: 'mlp.up_gate_proj',
    gate: 'mlp.up_gate_proj',
    output: 'mlp.down_proj',
    outputNorm: 'mlp_ln',
    hasBias: true,
  },
}

/**
 * A BERT with rotary positions and gated feed-forward networks.
 * @returns the name of the last hidden state, float32 [batch × tokens, hidden]
 */
export async function addRotaryBertEncoder(context: EncoderContext, config: RotaryBertConfig): Promise<string> {
  const { graph, linear, heads, hiddenSize: hidden } = context
  const { intermediateSize: inner, ropeTheta: theta, ropeDivisor: divisor, maxPositions, activation } = config
  const names = NAMES[config.architecture]
  const { hasBias } = names
  let x = addRows(context, addNorm(context, addEmbeddings(context, config), names.embeddingNorm))
  const rotate = createRotation(graph, { name: 'rotation', theta, divisor, headSize: hidden / heads, maxPositions })

  for (let layer = 0; layer < config.layers; layer++) {
    const name = `${names.layer}.${layer}`
    const projections = await addStackedProjections(context, x, layer, `${name}.${names.qkv}`, hasBias)
    const rows = addAttention(context, { name: `${name}.attention`, projections, rotate })
    const size = [hidden, hidden] as const
    const out = await addLinear(
      context,
      rows,
      'attention_output',
      layer,
      `${name}.${names.attentionOutput}`,
      size,
      hasBias,
    )
    const attended = addSumNorm(context, out, x, `${name}.${names.attentionNorm}`)

    const [value, gate] = await linear(attended, {
      site: 'intermediate',
      layer,
      names: [`${name}.${names.value}`, `${name}.${names.gate}`],
      shape: [inner, hidden],
      rows: names.value === names.gate ? stackedRows(2, inner) : undefined,
      hasBias: false,
    } satisfies LinearLayers)
    const activated = addActivation(context, gate!, activation, `${name}.activated`)
    const gated = graph.add('Mul', [activated, value!], `${name}.gated`)
    const down = await addLinear(
      context,
      gated,
      'gated_output',
      layer,
      `${name}.${names.output}`,
      [hidden, inner],
      hasBias,
    )
    x = addSumNorm(context, down, attended, `${name}.${names.outputNorm}`)
  }
  return x
}

/** Embeddings of tokens and, where there are types, of their types: float32 [batch, tokens, hidden]. */
function addEmbeddings({ graph, parameters, hiddenSize, hasTypes }: EncoderContext, config: RotaryBertConfig): string {
  const words = parameters.add('embeddings.word_embeddings.weight', [config.vocabularySize, hiddenSize])
  const gathered = graph.add('Gather', [words, 'input_ids'], 'words', { axis: 0n })
  if (config.typeVocabularySize === 0) return gathered
  const types = parameters.add('embeddings.token_type_embeddings.weight', [config.typeVocabularySize, hiddenSize])
  const zero = graph.index('type_zero', 0)
  const type = graph.add('Gather', [types, hasTypes ? 'token_type_ids' : zero], 'types', { axis: 0n })
  return graph.add('Add', [gathered, type], 'embedded')
}

function addActivation({ graph }: EncoderContext, input: string, activation: 'gelu' | 'silu', output: string): string {
  if (activation === 'gelu') return graph.add('Gelu', [input], output, {}, MICROSOFT_DOMAIN)
  // x · sigmoid(1 · x)
  return graph.add('QuickGelu', [input], output, { alpha: 1 }, MICROSOFT_DOMAIN)
}
