import { ModelError } from '../errors.js'
import type { Checkpoint } from './safetensors.js'

/** The sizes of a BERT encoder. */
export interface BertConfig {
  readonly hiddenSize: number
  readonly layers: number
  readonly heads: number
  readonly intermediateSize: number
  readonly vocabularySize: number
  /** Tokens that a text can have. */
  readonly maxPositions: number
  /** 0 where there are no token types. */
  readonly typeVocabularySize: number
  readonly layerNormEpsilon: number
  /** Row of the position embeddings that belongs to the first token. @default 0 */
  readonly positionOffset?: number
}

/** The families whose encoders are BERT's, by `model_type`; all else has another forward pass. */
const ROBERTA_FAMILIES = ['roberta', 'xlm-roberta', 'camembert']
const FAMILIES = ['bert', ...ROBERTA_FAMILIES, 'distilbert']

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
  if (typeof family !== 'string' || !FAMILIES.includes(family)) {
    throw unsupported(path, `model_type is ${JSON.stringify(family)}; only ${FAMILIES.join(', ')} can be built`)
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
    layerNormEpsilon: readEpsilon(path, config),
    ...(positionOffset > 0 && { positionOffset }),
  }
  if (parsed.maxPositions < 1) {
    throw new ModelError(
      'CONFIG_INVALID',
      `${path}: max_position_embeddings ${config.max_position_embeddings} leaves no position behind pad_token_id ${config.pad_token_id}.`,
    )
  }
  if (parsed.hiddenSize % parsed.heads !== 0) {
    throw new ModelError(
      'CONFIG_INVALID',
      `${path}: hidden_size ${parsed.hiddenSize} is not a multiple of num_attention_heads ${parsed.heads}.`,
    )
  }
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

function readEpsilon(path: string, config: Readonly<Record<string, unknown>>): number {
  const epsilon = config.layer_norm_eps ?? 1e-12
  if (typeof epsilon === 'number' && epsilon > 0 && epsilon < 1) return epsilon
  throw new ModelError(
    'CONFIG_INVALID',
    `${path}: expected layer_norm_eps between 0 and 1, got ${JSON.stringify(epsilon)}.`,
  )
}

/**
 * The names of a BERT checkpoint's tensors, whatever prefix they carry (`bert.`, `0.auto_model.`, none), whether LayerNorm calls
 * its parameters weight and bias or, as the oldest checkpoints do, gamma and beta, and whether the layers are DistilBERT's.
 */
export class BertTensors {
  readonly #checkpoint: Checkpoint
  readonly #prefix: string

  /** @throws ModelError `CHECKPOINT_UNSUPPORTED` if there are no BERT embeddings in it */
  constructor(checkpoint: Checkpoint) {
    this.#checkpoint = checkpoint
    const anchor = 'embeddings.word_embeddings.weight'
    const name = [...checkpoint.tensors.keys()].find((key) => key === anchor || key.endsWith(`.${anchor}`))
    if (name === undefined)
      throw unsupported(checkpoint.path, `there is no tensor "${anchor}"; expected a BERT encoder`)
    this.#prefix = name.slice(0, name.length - anchor.length)
  }

  /** Whether the checkpoint has a parameter, under the encoder's prefix or, as a head's, beside it. */
  has(name: string): boolean {
    return this.#keysOf(name).some((key) => this.#checkpoint.tensors.has(key))
  }

  /**
   * The name that the checkpoint gives to a parameter, of the encoder or of a head beside it, after checking dtype and shape.
   * @throws ModelError `CHECKPOINT_UNSUPPORTED` if it is missing, not float32, or of another shape
   */
  find(name: string, shape: readonly number[]): string {
    for (const key of this.#keysOf(name)) {
      const range = this.#checkpoint.tensors.get(key)
      if (range === undefined) continue
      if (range.dtype !== 'F32') {
        throw unsupported(
          this.#checkpoint.path,
          `"${key}" is ${range.dtype}; only float32 (F32) checkpoints can be built. Convert it to float32`,
        )
      }
      if (range.shape.length !== shape.length || range.shape.some((size, i) => size !== shape[i])) {
        throw unsupported(this.#checkpoint.path, `"${key}" is [${range.shape}], config.json says [${shape}]`)
      }
      return key
    }
    throw unsupported(this.#checkpoint.path, `there is no tensor "${this.#prefix}${name}"; expected a BERT encoder`)
  }

  #keysOf(name: string): string[] {
    const old = name.replace(/LayerNorm\.weight$/, 'LayerNorm.gamma').replace(/LayerNorm\.bias$/, 'LayerNorm.beta')
    return [this.#prefix + name, this.#prefix + old, this.#prefix + distilbertName(name), name, old]
  }
}

/** DistilBERT's name of a parameter of an encoder layer. */
function distilbertName(name: string): string {
  const layer = /^encoder\.(layer\.\d+\.)(.*)\.(weight|bias)$/.exec(name)
  if (layer === null) return name
  return `transformer.${layer[1]}${DISTILBERT_PARTS[layer[2]!] ?? layer[2]}.${layer[3]}`
}

const DISTILBERT_PARTS: Readonly<Record<string, string>> = {
  'attention.self.query': 'attention.q_lin',
  'attention.self.key': 'attention.k_lin',
  'attention.self.value': 'attention.v_lin',
  'attention.output.dense': 'attention.out_lin',
  'attention.output.LayerNorm': 'sa_layer_norm',
  'intermediate.dense': 'ffn.lin1',
  'output.dense': 'ffn.lin2',
  'output.LayerNorm': 'output_layer_norm',
}

function readSize(path: string, config: Readonly<Record<string, unknown>>, key: string): number {
  const value = config[key]
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1) {
    throw new ModelError(
      'CONFIG_INVALID',
      `${path}: expected a positive integer for ${key}, got ${JSON.stringify(value)}.`,
    )
  }
  return value
}

function requireValue(
  path: string,
  config: Readonly<Record<string, unknown>>,
  key: string,
  expected: string | boolean,
  fallback?: string | boolean,
): void {
  const value = config[key] ?? fallback
  if (value === expected) return
  throw unsupported(path, `${key} is ${JSON.stringify(value)}; only ${JSON.stringify(expected)} can be built`)
}

function unsupported(path: string, what: string): ModelError {
  return new ModelError(
    'CHECKPOINT_UNSUPPORTED',
    `${path}: ${what}. A model of another kind can be run from an ONNX file: export it as model.onnx.`,
  )
}
