import type { EncoderSizes } from '../architectures/bert-config.js'
import {
  type ConfigJson,
  readNumber,
  readSize,
  requireValue,
  requireWholeHeads,
  unsupportedCheckpoint,
} from './config-values.js'

/** What a layer attends to: every token, or those of a window around each token. */
export type AttentionKind = 'full' | 'window'

/** The sizes of a ModernBERT encoder. @see https://arxiv.org/abs/2412.13663 */
export interface ModernBertConfig extends EncoderSizes {
  readonly architecture: 'modernbert'
  readonly attention: readonly AttentionKind[]
  /** Tokens to each side of a token that a layer with a window attends to. */
  readonly windowTokens: number
  /** Base of the rotary frequencies. */
  readonly ropeTheta: Readonly<Record<AttentionKind, number>>
  readonly hasNormBias: boolean
  readonly hasAttentionBias: boolean
  readonly hasFeedForwardBias: boolean
}

const LAYER_TYPES: Readonly<Record<string, AttentionKind>> = { full_attention: 'full', sliding_attention: 'window' }
/** In which the published configs are silent. */
const DEFAULT_THETA: Readonly<Record<AttentionKind, number>> = { full: 160_000, window: 10_000 }
const GLOBAL_EVERY = 3
const WINDOW = 128

/** @throws ModelError `CONFIG_INVALID` where a size is missing; `CHECKPOINT_UNSUPPORTED` for what cannot be built */
export function parseModernBertConfig(config: ConfigJson, path: string): ModernBertConfig {
  requireValue(path, config, 'hidden_activation', 'gelu', 'gelu')
  requireValue(path, config, 'position_embedding_type', ['absolute', 'rope', 'sans_pos'], 'rope')
  const layers = readSize(path, config, 'num_hidden_layers')
  const parsed: ModernBertConfig = {
    architecture: 'modernbert',
    hiddenSize: readSize(path, config, 'hidden_size'),
    layers,
    heads: readSize(path, config, 'num_attention_heads'),
    intermediateSize: readSize(path, config, 'intermediate_size'),
    vocabularySize: readSize(path, config, 'vocab_size'),
    maxPositions: readSize(path, config, 'max_position_embeddings'),
    layerNormEpsilon: readNumber(path, config, 'norm_eps', 1e-5),
    attention: attentionOf(path, config, layers),
    windowTokens: Math.floor(readNumber(path, config, 'local_attention', WINDOW) / 2),
    ropeTheta: { full: thetaOf(path, config, 'full'), window: thetaOf(path, config, 'window') },
    hasNormBias: requireValue(path, config, 'norm_bias', [true, false], false),
    hasAttentionBias: requireValue(path, config, 'attention_bias', [true, false], false),
    hasFeedForwardBias: requireValue(path, config, 'mlp_bias', [true, false], false),
  }
  requireWholeHeads(path, parsed)
  return parsed
}

function attentionOf(path: string, config: ConfigJson, layers: number): AttentionKind[] {
  const types = config.layer_types
  if (types === undefined || types === null) {
    const every = readNumber(path, config, 'global_attn_every_n_layers', GLOBAL_EVERY)
    return Array.from({ length: layers }, (_, layer) => (layer % every === 0 ? 'full' : 'window'))
  }
  if (!Array.isArray(types) || types.length !== layers) {
    throw unsupportedCheckpoint(path, `layer_types is ${JSON.stringify(types)}; expected a list of ${layers}`)
  }
  return types.map((type) => {
    const kind = LAYER_TYPES[String(type)]
    if (kind !== undefined) return kind
    throw unsupportedCheckpoint(
      path,
      `layer_types has ${JSON.stringify(type)}; only ${Object.keys(LAYER_TYPES).join(' and ')} can be built`,
    )
  })
}

/** Named `global_rope_theta` and `local_rope_theta`, or in `rope_parameters` by the kind of layer. */
function thetaOf(path: string, config: ConfigJson, kind: AttentionKind): number {
  const name = kind === 'full' ? 'full_attention' : 'sliding_attention'
  const parameters = (config.rope_parameters as Readonly<Record<string, ConfigJson | null>> | null | undefined)?.[name]
  if (parameters != null) {
    requireValue(`${path}, rope_parameters.${name}`, parameters, 'rope_type', 'default', 'default')
    return readNumber(`${path}, rope_parameters.${name}`, parameters, 'rope_theta', DEFAULT_THETA[kind])
  }
  requireValue(path, config, 'rope_scaling', null, null)
  const full = readNumber(path, config, 'global_rope_theta', DEFAULT_THETA.full)
  if (kind === 'full') return full
  // null leaves the windows to the base of the other layers
  return config.local_rope_theta === null ? full : readNumber(path, config, 'local_rope_theta', DEFAULT_THETA.window)
}
