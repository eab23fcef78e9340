import { ModelError } from '../../errors.js'
import { readNumber, readSize, requireValue, requireWholeHeads, unsupportedCheckpoint } from './config-values.js'

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
    throw unsupportedCheckpoint(
      path,
      `model_type is ${JSON.stringify(family)}; only ${BERT_FAMILIES.join(', ')} can be built`,
    )
  }
  const isDistilled = family === 'distilbert'
  const keyOf = (name: string): string => (isDistilled ? (DISTILBERT_NAMES[name] ?? name) : name)
  const size = (name: string): number => readSize(path, config, keyOf(name))
  requireValue(path, config, keyOf('hidden_act'), 'gelu')
  requireValue(path, config, 'position_embedding_type', 'absolute', 'absolute')
  for (const key of ['is_decoder', 'add_cross_attention']) requireValue(path, config, key, false, false)
  const positionOffset = positionOffsetOf(config, path)
  const parsed: BertConfig = {
    hiddenSize: size('hidden_size'),
    layers: size('num_hidden_layers'),
    heads: size('num_attention_heads'),
    intermediateSize: size('intermediate_size'),
    vocabularySize: size('vocab_size'),
    maxPositions: size('max_position_embeddings') - positionOffset,
    typeVocabularySize: isDistilled ? 0 : size('type_vocab_size'),
    layerNormEpsilon: readNumber(path, config, 'layer_norm_eps', 1e-12),
    ...(positionOffset > 0 && { positionOffset }),
  }
  if (parsed.maxPositions < 1) {
    throw new ModelError(
      'CONFIG_INVALID',
      `${path}: max_position_embeddings ${config.max_position_embeddings} leaves no position behind pad_token_id ${config.pad_token_id}.`,
    )
  }
  requireWholeHeads(path, parsed)
  return parsed
}

/**
 * Tokens that a text can have by any transformer's config.json; null where it does not say.
 * @throws ModelError `CONFIG_INVALID` where it says what cannot be
 */
export function maxPositionsOf(config: Readonly<Record<string, unknown>>, path = 'config.json'): number | null {
  const key = config.max_position_embeddings == null ? 'n_positions' : 'max_position_embeddings'
  if (config[key] == null) return null
  const positions = readSize(path, config, key) - positionOffsetOf(config, path)
  if (positions > 0) return positions
  throw new ModelError('CONFIG_INVALID', `${path}: ${key} ${config[key]} leaves no position for a token.`)
}

/** RoBERTa counts positions from the one behind that of padding. */
function positionOffsetOf(config: Readonly<Record<string, unknown>>, path: string): number {
  if (!ROBERTA_FAMILIES.includes(String(config.model_type))) return 0
  const id = config.pad_token_id ?? 1
  if (Number.isSafeInteger(id) && (id as number) >= 0) return (id as number) + 1
  throw new ModelError('CONFIG_INVALID', `${path}: expected pad_token_id from 0, got ${JSON.stringify(id)}.`)
}
