import type { DenseColumn } from '../../table/point-table.js'
import { ELEMENT_BYTES } from '../table-layout.js'
import { RowFileColumn } from './file-column.js'
import { readValues } from './vector-codec.js'

/** Memory for the rows of one run of slots. */
const RUN_BYTES = 1024 * 1024

/** Dense vectors in a file, read when they are asked for: none stay in memory. */
export class DenseFileColumn extends RowFileColumn implements DenseColumn {
  vector(slot: number): Float32Array | undefined {
    if (!this.has(slot)) return undefined
    const values = new Float32Array(this.dimension)
    readValues(this.file, this.slots.offset(slot, this.column), this.element, values)
    return values
  }

  *blocks(fromSlot: number): Iterable<{ firstSlot: number; count: number; values: Float32Array }> {
    const { count: end } = this.slots
    const largest = Math.max(1, Math.floor(RUN_BYTES / 4 / this.dimension))
    const values = new Float32Array(Math.min(largest, Math.max(0, end - fromSlot)) * this.dimension)
    for (let firstSlot = fromSlot; firstSlot < end; firstSlot += largest) {
      const count = Math.min(largest, end - firstSlot)
      this.#read(firstSlot, count, values)
      yield { firstSlot, count, values }
    }
  }

  /** Fills rows with the vectors of consecutive slots, with one read for those that lie behind each other in the file. */
  #read(firstSlot: number, count: number, values: Float32Array): void {
    const rowBytes = this.dimension * ELEMENT_BYTES[this.element]
    for (let row = 0; row < count; ) {
      if (!this.has(firstSlot + row)) {
        row++
        continue
      }
      const offset = this.slots.offset(firstSlot + row, this.column)
      let end = row + 1
      while (end < count && this.#isAt(firstSlot + end, offset + (end - row) * rowBytes)) end++
      const rows = values.subarray(row * this.dimension, end * this.dimension)
      readValues(this.file, offset, this.element, rows)
      row = end
    }
  }

  #isAt(slot: number, offset: number): boolean {
    return this.has(slot) && this.slots.offset(slot, this.column) === offset
  }
}
