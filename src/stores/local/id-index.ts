import { type EncodedId, hashId } from './columns/encoded-id.js'
import type { SlotTable } from './columns/slot-table.js'

const EMPTY = -1
const SMALLEST_CAPACITY = 1024

/**
 * The newest slot of each id: a hash table of slot numbers with linear probing, 8 to 16 bytes an id.
 * An id is never removed: whether its newest slot is live says the slot's state.
 */
export class IdIndex {
  readonly #slots: SlotTable
  #cells: Int32Array
  #used = 0

  constructor(slots: SlotTable) {
    this.#slots = slots
    const capacity = Math.max(SMALLEST_CAPACITY, 2 ** Math.ceil(Math.log2(slots.count * 2 + 1)))
    this.#cells = new Int32Array(capacity).fill(EMPTY)
  }

  /** The newest slot of an id, whatever its state. */
  find(id: EncodedId): number | undefined {
    const mask = this.#cells.length - 1
    const view = new DataView(id.bytes.buffer, id.bytes.byteOffset, id.bytes.length)
    for (let cell = hashId(view, 0) & mask; ; cell = (cell + 1) & mask) {
      const slot = this.#cells[cell]!
      if (slot === EMPTY) return undefined
      if (this.#slots.hasId(slot, id)) return slot
    }
  }

  /** Makes the slot the newest of its id. */
  add(slot: number): void {
    if (this.#used * 2 >= this.#cells.length) this.#resize(this.#cells.length * 2)
    const mask = this.#cells.length - 1
    let cell = this.#slots.hashOf(slot) & mask
    while (this.#cells[cell] !== EMPTY && !this.#slots.hasSameId(this.#cells[cell]!, slot)) cell = (cell + 1) & mask
    if (this.#cells[cell] === EMPTY) this.#used++
    this.#cells[cell] = slot
  }

  #resize(capacity: number): void {
    const old = this.#cells
    const mask = capacity - 1
    this.#cells = new Int32Array(capacity).fill(EMPTY)
    for (const slot of old) {
      if (slot === EMPTY) continue
      let cell = this.#slots.hashOf(slot) & mask
      while (this.#cells[cell] !== EMPTY) cell = (cell + 1) & mask
      this.#cells[cell] = slot
    }
  }
}
