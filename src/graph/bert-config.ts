import { readSize, requireValue, requireWholeHeads, unsupported } from './config-values.js'

/** The sizes that every encoder has. */
export interface EncoderSizes {
  readonly hiddenSize: number
  readonly layers: number
  readonly heads: number
  readonly intermediateSize: number
  readonly vocabularySize: number
  /** Tokens that a text can have. */
  readonly maxPositions: number
  readonly layerNormEpsilon: number
}

/** The sizes of a BERT encoder. */
export interface BertConfig extends EncoderSizes {
  readonly architecture?: 'bert'
  /** 0 where there are no token types. */
  readonly typeVocabularySize: number
  /** Row of the position embeddings that belongs to the first token. @default 0 */
  readonly positionOffset?: number
}

/** The families whose encoders are BERT's, by `model_type`; all else has another forward pass. */
const ROBERTA_FAMILIES = ['roberta', 'xlm-roberta', 'camembert']
export const BERT_FAMILIES = ['bert', ...ROBERTA_FAMILIES, 'distilbert']

/** DistilBERT's names of what BERT's config.json names otherwise. */
const DISTILBERT_NAMES: Readonly<Record<string, string>> = {
  hidden_size: 'dim',
  num_hidden_layers: 'n_layers',
  num_attention_heads: 'n_heads',
  intermediate_size: 'hidden_dim',
  hidden_act: 'activation',
}

/**
 * The sizes that a Hugging Face `config.json` states, after checking that this encoder is one that can be built.
 * @throws ModelError `CONFIG_INVALID` where a size is missing; `CHECKPOINT_UNSUPPORTED` for another architecture
 */
export function parseBertConfig(config: Readonly<Record<string, unknown>>, path = 'config.json'): BertConfig {
  const family = config.model_type
  if (typeof family !== 'string' || !BERT_FAMILIES.includes(family)) {
    throw unsupported(path, `model_type is ${JSON.stringify(family)}; only ${BERT_FAMILIES.join(', ')} can be built`)
  }
  const isDistilled = family === 'distilbert'
  const keyOf = (name: string): string => (isDistilled ? (DISTILBERT_NAMES[name] ?? name) : name)
  const size = (name: string): number => readSize(path, config, keyOf(name))
  requireValue(path, config, keyOf('hidden_act'), 'gelu')
  requireValue(path, config, 'position_embedding_type', 'absolute', 'absolute')
  if (config.is_decoder === true) throw unsupported(path, 'is_decoder is true; only encoders can be built')
  const positionOffset = positionOffsetOf(config)
  const parsed: BertConfig = {
    hiddenSize: size('hidden_size'),
    layers: size('num_hidden_layers'),
    heads: size('num_attention_heads'),
    intermediateSize: size('intermediate_size'),
    vocabularySize: size('vocab_size'),
    maxPositions: size('max_position_embeddings') - positionOffset,
    typeVocabularySize: isDistilled ? 0 : size('type_vocab_size'),
    layerNormEpsilon: typeof config.layer_norm_eps === 'number' ? config.layer_norm_eps : 1e-12,
    ...(positionOffset > 0 && { positionOffset }),
  }
  requireWholeHeads(path, parsed)
  return parsed
}

/** Tokens that a text can have by any transformer's config.json; null where it does not say. */
export function maxPositionsOf(config: Readonly<Record<string, unknown>>): number | null {
  const positions = config.max_position_embeddings ?? config.n_positions
  return typeof positions === 'number' ? positions - positionOffsetOf(config) : null
}

/** RoBERTa counts positions from the one behind that of padding. */
function positionOffsetOf(config: Readonly<Record<string, unknown>>): number {
  if (!ROBERTA_FAMILIES.includes(String(config.model_type))) return 0
  return (typeof config.pad_token_id === 'number' ? config.pad_token_id : 1) + 1
}
