import { unsupportedCheckpoint } from '../architectures/config-values.js'
import { WEIGHT_TYPES } from '../onnx-graph.js'
import type { Checkpoint } from '../safetensors.js'

/**
 * The names of a checkpoint's tensors, whatever prefix they carry (`bert.`, `0.auto_model.`, none), whether LayerNorm calls
 * its parameters weight and bias or, as the oldest checkpoints do, gamma and beta, and whether BERT's layers are DistilBERT's.
 */
export class EncoderTensors {
  readonly #checkpoint: Checkpoint
  readonly #prefix: string

  /**
   * @param anchor name of the token embeddings without the prefix, by which it is found
   * @throws ModelError `CHECKPOINT_UNSUPPORTED` if there are none in it
   */
  constructor(checkpoint: Checkpoint, anchor: string) {
    this.#checkpoint = checkpoint
    const name = [...checkpoint.tensors.keys()].find((key) => key === anchor || key.endsWith(`.${anchor}`))
    if (name === undefined) {
      throw unsupportedCheckpoint(
        checkpoint.path,
        `there is no tensor "${anchor}"; expected the encoder that config.json describes`,
      )
    }
    this.#prefix = name.slice(0, name.length - anchor.length)
  }

  /** Whether the checkpoint has a parameter, under the encoder's prefix or, as a head's, beside it. */
  has(name: string): boolean {
    return this.#keysOf(name).some((key) => this.#checkpoint.tensors.has(key))
  }

  /**
   * The name that the checkpoint gives to a parameter, of the encoder or of a head beside it, after checking dtype and shape.
   * @throws ModelError `CHECKPOINT_UNSUPPORTED` if it is missing, not of floats, or of another shape
   */
  find(name: string, shape: readonly number[]): string {
    for (const key of this.#keysOf(name)) {
      const range = this.#checkpoint.tensors.get(key)
      if (range === undefined) continue
      if (!Object.hasOwn(WEIGHT_TYPES, range.dtype)) {
        throw unsupportedCheckpoint(
          this.#checkpoint.path,
          `"${key}" is ${range.dtype}; only ${Object.keys(WEIGHT_TYPES).join(', ')} can be built. Convert the checkpoint to float32`,
        )
      }
      if (range.shape.length !== shape.length || range.shape.some((size, i) => size !== shape[i])) {
        throw unsupportedCheckpoint(this.#checkpoint.path, `"${key}" is [${range.shape}], config.json says [${shape}]`)
      }
      return key
    }
    throw unsupportedCheckpoint(
      this.#checkpoint.path,
      `there is no tensor "${this.#prefix}${name}"; expected the encoder that config.json describes`,
    )
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
