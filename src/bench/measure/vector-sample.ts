import { writeFile } from 'node:fs/promises'
import type { EncodedBatch } from '../../encoders/encoder.js'
import { sparseAt } from '../../vectors.js'

/** Texts whose token embeddings are kept; all of them would be hundreds of megabytes. */
const LATE_TEXTS = 64

/** The vectors of a run that are kept for comparing it with another: every dense and sparse one, the first few multivectors. */
export class VectorSample {
  readonly #dense: Float32Array[] = []
  readonly #late: Float32Array[] = []
  readonly #sparse: { indices: number[]; values: number[] }[] = []
  #lateTexts = 0
  /** Sum over a few values of every batch: the results are used, so that no work can be left out. */
  checksum = 0

  /** Keeps what it needs of a batch. */
  add({ dense, late, sparse, tokens }: EncodedBatch): void {
    if (dense !== undefined) {
      this.#dense.push(dense.values)
      this.checksum += dense.values[0] ?? 0
    }
    if (late !== undefined) {
      this.checksum += late.values.at(-1) ?? 0
      const texts = Math.min(LATE_TEXTS - this.#lateTexts, tokens.length)
      if (texts > 0) this.#late.push(late.values.slice(0, late.offsets[texts]! * late.dimension))
      this.#lateTexts += texts
    }
    if (sparse !== undefined) {
      this.checksum += sparse.values[0] ?? 0
      for (let i = 0; i < tokens.length; i++) {
        const { indices, values } = sparseAt(sparse, i)
        this.#sparse.push({ indices: Array.from(indices), values: Array.from(values) })
      }
    }
  }

  /** Writes each kind that is there to `<prefix>.dense.f32`, `<prefix>.late.f32` (raw float32) and `<prefix>.sparse.jsonl`. */
  async write(prefix: string): Promise<void> {
    if (this.#dense.length > 0) await writeFile(`${prefix}.dense.f32`, bytesOf(this.#dense))
    if (this.#late.length > 0) await writeFile(`${prefix}.late.f32`, bytesOf(this.#late))
    if (this.#sparse.length > 0) {
      await writeFile(`${prefix}.sparse.jsonl`, this.#sparse.map((vector) => `${JSON.stringify(vector)}\n`).join(''))
    }
  }
}

function bytesOf(arrays: readonly Float32Array[]): Buffer {
  return Buffer.concat(arrays.map((array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength)))
}
