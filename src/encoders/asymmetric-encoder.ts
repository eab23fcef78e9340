import { getOrOpen } from '../get-or-make.js'
import type { EncodedBatch, EncodeOptions, Encoder, Side } from './encoder.js'

/**
 * Documents by one encoder and queries by another, in one space. Each is opened when a text of its side first comes: whoever only asks
 * does not wait for the larger model.
 */
export class AsymmetricEncoder implements Encoder {
  readonly #open: Readonly<Record<Side, () => Promise<Encoder>>>
  readonly #opened = new Map<Side, Promise<Encoder>>()

  constructor(open: Readonly<Record<Side, () => Promise<Encoder>>>) {
    this.#open = open
  }

  /** @throws what opening and encoding throw */
  async encode(texts: readonly string[], side: Side, options?: EncodeOptions): Promise<EncodedBatch> {
    const encoder = await getOrOpen(this.#opened, side, this.#open[side])
    return encoder.encode(texts, side, options)
  }

  async close(): Promise<void> {
    const opened = await Promise.allSettled(this.#opened.values())
    this.#opened.clear()
    for (const each of opened) if (each.status === 'fulfilled') await each.value.close()
  }
}
