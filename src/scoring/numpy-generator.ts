import { invalidOption } from '../options.js'
import { NORMAL_LAYERS } from './normal-layers.js'

const MASK_64 = (1n << 64n) - 1n
/** The multiplier of PCG's 128-bit state. */
const PCG_MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n

/** Constants of numpy's SeedSequence, by the names they have there. */
const INIT_A = 0x43b0d7e5
const MULT_A = 0x931e8875
const INIT_B = 0x8b51f9dd
const MULT_B = 0x58f38ded
const MIX_MULT_L = 0xca01f9dd
const MIX_MULT_R = 0x4973f715
const POOL_WORDS = 4

/**
 * `numpy.random.default_rng(seed)`, number for number: PCG64 (XSL-RR) seeded through SeedSequence.
 * It makes the random matrices of {@link Muvera}, so only what those need is here.
 * @see https://numpy.org/doc/stable/reference/random/bit_generators/pcg64.html
 * @see https://www.pcg-random.org/pdf/hmc-cs-2014-0905.pdf
 */
export class NumpyGenerator {
  readonly #increment: bigint
  #state: bigint
  /** The upper half of the last draw, where only its lower half was used; −1 where there is none. */
  #spareUint32 = -1

  /**
   * @param seed a whole number from 0 to 2^53 − 1
   * @throws InputError `INVALID_OPTION`
   */
  constructor(seed: number) {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw invalidOption('Muvera', 'seed', 'a whole number from 0 to 2^53 − 1', seed)
    }
    const [stateHigh, stateLow, sequenceHigh, sequenceLow] = seedWords(seed)
    const sequence = (sequenceHigh << 64n) | sequenceLow
    this.#increment = BigInt.asUintN(128, (sequence << 1n) | 1n)
    this.#state = 0n
    this.#step()
    this.#state += (stateHigh << 64n) | stateLow
    this.#step()
  }

  /** `size` numbers of the standard normal distribution, float64: numpy's `normal(size=size)`. */
  normal(size: number): Float64Array {
    return Float64Array.from({ length: size }, () => this.#nextNormal())
  }

  /** `size` numbers out of −1 and 1: numpy's `choice([-1, 1], size=size)`. */
  signs(size: number): Int8Array {
    // Lemire's method for two outcomes is the highest of 32 bits, and rejects none
    return Int8Array.from({ length: size }, () => (this.#nextUint32() >= 2 ** 31 ? 1 : -1))
  }

  #step(): void {
    this.#state = BigInt.asUintN(128, this.#state * PCG_MULTIPLIER + this.#increment)
  }

  #nextUint64(): bigint {
    this.#step()
    const folded = (this.#state >> 64n) ^ (this.#state & MASK_64)
    const rotation = this.#state >> 122n
    return (folded >> rotation) | BigInt.asUintN(64, folded << (64n - rotation))
  }

  #nextUint32(): number {
    const spare = this.#spareUint32
    if (spare >= 0) {
      this.#spareUint32 = -1
      return spare
    }
    const draw = this.#nextUint64()
    this.#spareUint32 = Number(draw >> 32n)
    return Number(draw & 0xffffffffn)
  }

  /** Uniform in [0, 1), a multiple of 2^−53. */
  #nextDouble(): number {
    return Number(this.#nextUint64() >> 11n) / 2 ** 53
  }

  /** The ziggurat method with 256 layers. */
  #nextNormal(): number {
    const { width, edge, height, tail } = NORMAL_LAYERS
    for (;;) {
      const draw = this.#nextUint64()
      const layer = Number(draw & 0xffn)
      const isNegative = (draw & 0x100n) !== 0n
      const position = Number((draw >> 9n) & 0xfffffffffffffn)
      const magnitude = position * width[layer]!
      if (position < edge[layer]!) return isNegative ? -magnitude : magnitude
      if (layer === 0) {
        for (;;) {
          const beyond = -(1 / tail) * Math.log1p(-this.#nextDouble())
          const chance = -Math.log1p(-this.#nextDouble())
          // the sign of the tail comes from another bit than that of the layers
          if (2 * chance > beyond * beyond) return (position & 0x100) !== 0 ? -(tail + beyond) : tail + beyond
        }
      }
      const density = (height[layer - 1]! - height[layer]!) * this.#nextDouble() + height[layer]!
      if (density < Math.exp(-0.5 * magnitude * magnitude)) return isNegative ? -magnitude : magnitude
    }
  }
}

/** Four words of 64 bits out of a seed: numpy's `SeedSequence(seed).generate_state(4, uint64)`. */
function seedWords(seed: number): readonly [bigint, bigint, bigint, bigint] {
  const pool = mixSeed(seed)
  let constant = INIT_B
  const words = Array.from({ length: 8 }, (_, i) => {
    let word = pool[i % POOL_WORDS]! ^ constant
    constant = Math.imul(constant, MULT_B)
    word = Math.imul(word, constant)
    return BigInt((word ^ (word >>> 16)) >>> 0)
  })
  const pair = (i: number): bigint => words[2 * i]! | (words[2 * i + 1]! << 32n)
  return [pair(0), pair(1), pair(2), pair(3)]
}

/** The pool of entropy of a seed, four words of 32 bits. */
function mixSeed(seed: number): Int32Array {
  // a seed below 2^53 has at most two words, and words that are missing count as zeros
  const entropy = [seed | 0, Math.floor(seed / 2 ** 32) | 0]
  let constant = INIT_A
  const hash = (value: number): number => {
    let hashed = value ^ constant
    constant = Math.imul(constant, MULT_A)
    hashed = Math.imul(hashed, constant)
    return hashed ^ (hashed >>> 16)
  }
  const pool = Int32Array.from({ length: POOL_WORDS }, (_, i) => hash(entropy[i] ?? 0))
  for (let from = 0; from < POOL_WORDS; from++) {
    for (let to = 0; to < POOL_WORDS; to++) {
      if (from === to) continue
      const mixed = Math.imul(MIX_MULT_L, pool[to]!) - Math.imul(MIX_MULT_R, hash(pool[from]!))
      pool[to] = mixed ^ ((mixed | 0) >>> 16)
    }
  }
  return pool
}
