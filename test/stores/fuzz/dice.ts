import { randomNumbers } from '../../../src/scoring/random-numbers.js'

/** Random choices, the same for the same seed. */
export class Dice {
  readonly #random: () => number

  constructor(seed: number) {
    this.#random = randomNumbers(seed)
  }

  /** 0 … 1, without 1. */
  fraction(): number {
    return this.#random()
  }

  chance(share: number): boolean {
    return this.#random() < share
  }

  /** An integer from 0, below a bound. */
  below(bound: number): number {
    return Math.floor(this.#random() * bound)
  }

  one<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]!
  }

  some<Item>(items: readonly Item[], share: number): Item[] {
    return items.filter(() => this.chance(share))
  }

  list<Item>(length: number, make: () => Item): Item[] {
    return Array.from({ length }, make)
  }

  /** Calls one of the makers, each as often as its weight says. */
  weighted<Item>(makers: readonly (readonly [weight: number, make: () => Item])[]): Item {
    let left = this.#random() * makers.reduce((sum, [weight]) => sum + weight, 0)
    for (const [weight, make] of makers) {
      left -= weight
      if (left < 0) return make()
    }
    return makers.at(-1)![1]()
  }
}
