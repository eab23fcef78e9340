import { getOrMake } from '../../../get-or-make.js'
import { withRoom } from '../../../vectors/with-room.js'

/** Stands for the list of a slot that was not asked for. */
const UNKNOWN = 0

/**
 * The values of one payload field by slot, each distinct list of them once. A slot's are read when they are first asked for,
 * so that a filter over the field tests what it has seen without reading the payload again.
 */
export class FieldValues {
  readonly #numbers = new Map<string, number>()
  readonly #lists: (readonly unknown[])[] = [[]]
  #bySlot = new Int32Array(1024)

  /** The number of the slot's list of values. @param read gives the values where they are not known */
  numberOf(slot: number, read: () => readonly unknown[]): number {
    this.#bySlot = withRoom(this.#bySlot, slot + 1)
    const known = this.#bySlot[slot]!
    return known === UNKNOWN ? this.#learn(slot, read()) : known
  }

  list(number: number): readonly unknown[] {
    return this.#lists[number]!
  }

  /** The slot's payload has changed. */
  forget(slot: number): void {
    if (slot < this.#bySlot.length) this.#bySlot[slot] = UNKNOWN
  }

  #learn(slot: number, values: readonly unknown[]): number {
    const number = getOrMake(this.#numbers, JSON.stringify(values), () => this.#lists.push(values) - 1)
    this.#bySlot[slot] = number
    return number
  }
}
