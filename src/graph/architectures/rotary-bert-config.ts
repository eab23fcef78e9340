import type { EncoderSizes } from '../architectures/bert-config.js'
import {
  type ConfigJson,
  readNumber,
  readSize,
  requireValue,
  requireWholeHeads,
  unsupportedCheckpoint,
} from './config-values.js'

/**
 * The sizes of a BERT with rotary positions and a gated feed-forward network: NomicBERT (`nomic_bert`) and GTE (`new`, `gte`).
 * @see https://arxiv.org/abs/2402.01613, https://arxiv.org/abs/2407.19669
 */
export interface RotaryBertConfig extends EncoderSizes {
  readonly architecture: 'nomic' | 'gte'
  /** 0 where there are no token types. */
  readonly typeVocabularySize: number
  readonly ropeTheta: number
  /** By which the frequencies are divided. @default 1 */
  readonly ropeDivisor: number
  readonly activation: 'gelu' | 'silu'
}

/** @throws ModelError `CONFIG_INVALID` where a size is missing; `CHECKPOINT_UNSUPPORTED` for what cannot be built */
export function parseNomicConfig(config: ConfigJson, path: string): RotaryBertConfig {
  for (const key of ['prenorm', 'parallel_block', 'use_rms_norm', 'rotary_emb_interleaved', 'causal']) {
    requireValue(path, config, key, false, false)
  }
  for (const key of ['qkv_proj_bias', 'mlp_fc1_bias', 'mlp_fc2_bias']) requireValue(path, config, key, false, false)
  for (const key of ['rotary_emb_scale_base', 'rotary_scaling_factor', 'rope_scaling']) {
    requireValue(path, config, key, null, null)
  }
  requireValue(path, config, 'rotary_emb_fraction', 1, 1)
  requireValue(path, config, 'activation_function', ['swiglu', 'silu'], 'swiglu')
  requireValue(path, config, 'hidden_act', 'silu', 'silu')
  requireDefaultRope(path, config)
  const parsed: RotaryBertConfig = {
    architecture: 'nomic',
    hiddenSize: readSize(path, config, 'n_embd', 'hidden_size'),
    layers: readSize(path, config, 'n_layer', 'num_hidden_layers'),
    heads: readSize(path, config, 'n_head', 'num_attention_heads'),
    intermediateSize: readSize(path, config, 'n_inner', 'intermediate_size'),
    vocabularySize: readSize(path, config, 'vocab_size'),
    maxPositions: readSize(path, config, 'max_trained_positions', 'n_positions', 'max_position_embeddings'),
    layerNormEpsilon: readNumber(path, config, 'layer_norm_epsilon', readNumber(path, config, 'layer_norm_eps', 1e-12)),
    typeVocabularySize: readSize(path, config, 'type_vocab_size'),
    ropeTheta: readNumber(path, config, 'rotary_emb_base', ropeParameters(config)?.rope_theta ?? 1000),
    ropeDivisor: 1,
    activation: 'silu',
  }
  requireWholeHeads(path, parsed)
  return parsed
}

/** @throws ModelError `CONFIG_INVALID` where a size is missing; `CHECKPOINT_UNSUPPORTED` for what cannot be built */
export function parseGteConfig(config: ConfigJson, path: string): RotaryBertConfig {
  requireValue(path, config, 'position_embedding_type', ['rope', 'absolute'], 'rope')
  if (config.model_type === 'new') requireValue(path, config, 'position_embedding_type', 'rope', 'rope')
  requireValue(path, config, 'layer_norm_type', 'layer_norm', 'layer_norm')
  requireValue(path, config, 'logn_attention_scale', false, false)
  const activation = requireValue(path, config, 'hidden_act', ['gelu', 'silu'], 'gelu') as 'gelu' | 'silu'
  const hiddenSize = readSize(path, config, 'hidden_size')
  const heads = readSize(path, config, 'num_attention_heads')
  requireWholeHeads(path, { hiddenSize, heads })
  const types = config.type_vocab_size ?? 0
  return {
    architecture: 'gte',
    hiddenSize,
    layers: readSize(path, config, 'num_hidden_layers'),
    heads,
    intermediateSize: readSize(path, config, 'intermediate_size'),
    vocabularySize: readSize(path, config, 'vocab_size'),
    maxPositions: readSize(path, config, 'max_position_embeddings'),
    layerNormEpsilon: readNumber(path, config, 'layer_norm_eps', 1e-12),
    typeVocabularySize: types === 0 ? 0 : readSize(path, config, 'type_vocab_size'),
    ...gteRope(path, config, hiddenSize / heads),
    activation,
  }
}

/** GTE's `ntk` scaling is there for texts of any length: a larger base, and all frequencies divided by factor^(2 / head size). */
function gteRope(
  path: string,
  config: ConfigJson,
  headSize: number,
): Pick<RotaryBertConfig, 'ropeTheta' | 'ropeDivisor'> {
  const theta = readNumber(path, config, 'rope_theta', ropeParameters(config)?.rope_theta ?? 10_000)
  const scaling = config.rope_scaling as ConfigJson | null | undefined
  if (scaling == null) {
    requireDefaultRope(path, config)
    return { ropeTheta: theta, ropeDivisor: 1 }
  }
  const where = `${path}, rope_scaling`
  requireValue(where, scaling, scaling.type === undefined ? 'rope_type' : 'type', 'ntk')
  requireValue(where, scaling, 'mixed_b', null, null)
  const factor = readNumber(where, scaling, 'factor', 1)
  return { ropeTheta: theta * factor, ropeDivisor: factor ** (2 / headSize) }
}

function ropeParameters(config: ConfigJson): { rope_theta?: number; rope_type?: string } | null {
  const parameters = config.rope_parameters
  return typeof parameters === 'object' && parameters !== null ? parameters : null
}

function requireDefaultRope(path: string, config: ConfigJson): void {
  const type = ropeParameters(config)?.rope_type ?? 'default'
  if (type !== 'default')
    throw unsupportedCheckpoint(path, `rope_parameters.rope_type is "${type}"; only "default" can be built`)
}
