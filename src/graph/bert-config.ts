import { ModelError } from '../errors.js'
import type { Checkpoint } from './safetensors.js'

/** The sizes of a BERT encoder. */
export interface BertConfig {
  readonly hiddenSize: number
  readonly layers: number
  readonly heads: number
  readonly intermediateSize: number
  readonly vocabularySize: number
  readonly maxPositions: number
  readonly typeVocabularySize: number
  readonly layerNormEpsilon: number
}

/**
 * The sizes that a Hugging Face `config.json` states, after checking that this encoder is one that can be built.
 * @throws ModelError `CONFIG_INVALID` where a size is missing; `CHECKPOINT_UNSUPPORTED` for another architecture
 */
export function parseBertConfig(config: Readonly<Record<string, unknown>>, path = 'config.json'): BertConfig {
  requireValue(path, config, 'model_type', 'bert')
  requireValue(path, config, 'hidden_act', 'gelu')
  requireValue(path, config, 'position_embedding_type', 'absolute', 'absolute')
  if (config.is_decoder === true) throw unsupported(path, 'is_decoder is true; only encoders can be built')
  const parsed: BertConfig = {
    hiddenSize: readSize(path, config, 'hidden_size'),
    layers: readSize(path, config, 'num_hidden_layers'),
    heads: readSize(path, config, 'num_attention_heads'),
    intermediateSize: readSize(path, config, 'intermediate_size'),
    vocabularySize: readSize(path, config, 'vocab_size'),
    maxPositions: readSize(path, config, 'max_position_embeddings'),
    typeVocabularySize: readSize(path, config, 'type_vocab_size'),
    layerNormEpsilon: typeof config.layer_norm_eps === 'number' ? config.layer_norm_eps : 1e-12,
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
 * The names of a BERT checkpoint's tensors, whatever prefix they carry (`bert.`, `0.auto_model.`, none)
 * and whether LayerNorm calls its parameters weight and bias or, as the oldest checkpoints do, gamma and beta.
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

  /**
   * The name that the checkpoint gives to a parameter, after checking dtype and shape.
   * @throws ModelError `CHECKPOINT_UNSUPPORTED` if it is missing, not float32, or of another shape
   */
  find(name: string, shape: readonly number[]): string {
    const old = name.replace(/LayerNorm\.weight$/, 'LayerNorm.gamma').replace(/LayerNorm\.bias$/, 'LayerNorm.beta')
    for (const key of [this.#prefix + name, this.#prefix + old]) {
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
}

function readSize(path: string, config: Readonly<Record<string, unknown>>, key: string): number {
  const value = config[key]
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1) {
    throw new ModelError('CONFIG_INVALID', `${path}: expected a positive integer for ${key}, got ${String(value)}.`)
  }
  return value
}

function requireValue(
  path: string,
  config: Readonly<Record<string, unknown>>,
  key: string,
  expected: string,
  fallback?: string,
): void {
  const value = config[key] ?? fallback
  if (value !== expected) throw unsupported(path, `${key} is ${JSON.stringify(value)}; only "${expected}" can be built`)
}

function unsupported(path: string, what: string): ModelError {
  return new ModelError('CHECKPOINT_UNSUPPORTED', `${path}: ${what}.`)
}
