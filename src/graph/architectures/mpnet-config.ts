import type { EncoderSizes } from '../architectures/bert-config.js'
import { type ConfigJson, readNumber, readSize, requireValue, requireWholeHeads } from './config-values.js'

/** The sizes of an MPNet encoder. @see https://arxiv.org/abs/2004.09297 */
export interface MpnetConfig extends EncoderSizes {
  readonly architecture: 'mpnet'
  /** Classes of distances between two tokens, each with a bias for every head. */
  readonly buckets: number
}

/** MPNet counts positions as RoBERTa does, from the one behind that of padding. */
export const MPNET_POSITION_OFFSET = 2

/** @throws ModelError `CONFIG_INVALID` where a size is missing; `CHECKPOINT_UNSUPPORTED` for what cannot be built */
export function parseMpnetConfig(config: ConfigJson, path: string): MpnetConfig {
  requireValue(path, config, 'hidden_act', 'gelu', 'gelu')
  requireValue(path, config, 'pad_token_id', 1, 1)
  const parsed: MpnetConfig = {
    architecture: 'mpnet',
    hiddenSize: readSize(path, config, 'hidden_size'),
    layers: readSize(path, config, 'num_hidden_layers'),
    heads: readSize(path, config, 'num_attention_heads'),
    intermediateSize: readSize(path, config, 'intermediate_size'),
    vocabularySize: readSize(path, config, 'vocab_size'),
    maxPositions: readSize(path, config, 'max_position_embeddings') - MPNET_POSITION_OFFSET,
    layerNormEpsilon: readNumber(path, config, 'layer_norm_eps', 1e-12),
    buckets: requireValue(path, config, 'relative_attention_num_buckets', 32, 32),
  }
  requireWholeHeads(path, parsed)
  return parsed
}
