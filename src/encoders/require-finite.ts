import { ModelError } from '../errors.js'
import type { EncodedBatch, EncodeOptions, Encoder, Side } from './encoder.js'

/**
 * An encoder none of whose vectors has a NaN or an infinity: those would go into files and stores, where no search finds them and JSON
 * has no word for them. What gives one for a text, a damaged model or a text that the model cannot take, is refused there.
 */
export class CheckedEncoder implements Encoder {
  readonly #encoder: Encoder
  readonly #name: string

  /** @param name of the models, for messages */
  constructor(encoder: Encoder, name: string) {
    this.#encoder = encoder
    this.#name = name
  }

  /** @throws ModelError `VECTOR_NOT_FINITE`; what the encoder throws */
  async encode(texts: readonly string[], side: Side, options?: EncodeOptions): Promise<EncodedBatch> {
    const batch = await this.#encoder.encode(texts, side, options)
    for (const { values } of [batch.dense, batch.sparse, batch.late].filter((part) => part !== undefined)) {
      requireFinite(values, this.#name)
    }
    return batch
  }

  async close(): Promise<void> {
    await this.#encoder.close()
  }
}

/** @throws ModelError `VECTOR_NOT_FINITE` */
export function requireFinite(values: Float32Array | Float64Array, name: string): void {
  // a NaN or an infinity times 0 is NaN, and stays it in a sum
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]! * 0
  if (sum === 0) return
  throw new ModelError(
    'VECTOR_NOT_FINITE',
    `${name} gave numbers that are not finite. If it does so for every text, its files are damaged; if for one, it cannot take that text.`,
  )
}
