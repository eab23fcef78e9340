import type { PieceLimits } from './cut-pieces.js'

/** Above this share of the limit pieces are halved … */
const HIGH = 0.85
/** … and below this one doubled again, up to their full size. */
const LOW = 0.65
/** Smallest share of a full piece. */
const LEAST_SCALE = 1 / 64

/**
 * Keeps a process within an amount of resident memory by making the pieces under way smaller as it comes near.
 * What a worker holds when it is idle (its model, V8) is bounded by the number of workers, see workers-within.ts.
 */
export class MemoryLimit {
  readonly bytes: number
  readonly #rss: () => number
  #scale = 1
  #piecesToGo = 0

  /** @param rss resident memory of the process, in bytes */
  constructor(bytes: number, rss: () => number = () => process.memoryUsage.rss()) {
    this.bytes = bytes
    this.#rss = rss
  }

  /** Share of a full piece that goes to a worker now, 1/64 … 1. */
  get scale(): number {
    return this.#scale
  }

  /** Whether nothing more should be begun before something ends. */
  get isReached(): boolean {
    return this.#rss() >= this.bytes
  }

  /** The limits of a full piece at the present scale; they change as the scale does. */
  scaled(full: PieceLimits): PieceLimits {
    const scaleOf = () => this.#scale
    return {
      get maxTexts() {
        return Math.max(1, Math.floor(full.maxTexts * scaleOf()))
      },
      get maxLength() {
        return Math.max(1, Math.floor(full.maxLength * scaleOf()))
      },
    }
  }

  /**
   * To be called after each piece.
   * @param underWay pieces that were cut before a change and must end until it shows
   */
  look(underWay: number): void {
    if (this.#piecesToGo > 0) {
      this.#piecesToGo--
      return
    }
    const share = this.#rss() / this.bytes
    const scale = share > HIGH ? this.#scale / 2 : share < LOW ? this.#scale * 2 : this.#scale
    const bounded = Math.min(1, Math.max(LEAST_SCALE, scale))
    if (bounded !== this.#scale) this.#piecesToGo = underWay
    this.#scale = bounded
  }
}
