import type { DenseColumn } from '../embedded/point-table.js'
import type { AppendFile } from './append-file.js'
import { ABSENT, type SlotTable } from './slot-table.js'
import { type ColumnLayout, ELEMENT_BYTES } from './table-layout.js'
import { readValues } from './vector-codec.js'

/** A block is at most this big, so that growing copies little and a read is still long. */
const BLOCK_BYTES = 16 * 1024 * 1024
const SMALLEST_BLOCK_SLOTS = 64

/** A run of rows that lie behind each other in the file and in one block. */
interface Run {
  firstSlot: number
  count: number
  offset: number
}

/**
 * Dense vectors in a file. The first call of {@link blocks} reads all of them into memory as float32, each later call
 * those that came since; a table that is only written to keeps none.
 */
export class DenseFileColumn implements DenseColumn {
  readonly dimension: number
  readonly #layout: Extract<ColumnLayout, { kind: 'dense' }>
  readonly #column: number
  readonly #slots: SlotTable
  readonly #file: AppendFile
  readonly #blockSlots: number
  readonly #blocks: Float32Array[] = []
  #loaded = 0

  constructor(layout: Extract<ColumnLayout, { kind: 'dense' }>, column: number, slots: SlotTable, file: AppendFile) {
    this.dimension = layout.dimension
    this.#layout = layout
    this.#column = column
    this.#slots = slots
    this.#file = file
    this.#blockSlots = Math.max(SMALLEST_BLOCK_SLOTS, 2 ** Math.floor(Math.log2(BLOCK_BYTES / 4 / layout.dimension)))
  }

  has(slot: number): boolean {
    return this.#slots.length(slot, this.#column) !== ABSENT
  }

  vector(slot: number): Float32Array | undefined {
    if (!this.has(slot)) return undefined
    if (slot < this.#loaded) {
      const start = (slot % this.#blockSlots) * this.dimension
      return this.#blocks[Math.floor(slot / this.#blockSlots)]!.subarray(start, start + this.dimension)
    }
    const values = new Float32Array(this.dimension)
    readValues(this.#file, this.#slots.offset(slot, this.#column), this.#layout.element, values)
    return values
  }

  *blocks(): Iterable<{ firstSlot: number; count: number; values: Float32Array }> {
    this.#load()
    for (const [number, values] of this.#blocks.entries()) {
      const firstSlot = number * this.#blockSlots
      yield { firstSlot, count: Math.min(this.#blockSlots, this.#loaded - firstSlot), values }
    }
  }

  #load(): void {
    for (const run of this.#runs()) {
      const block = this.#blocks[Math.floor(run.firstSlot / this.#blockSlots)]!
      const start = (run.firstSlot % this.#blockSlots) * this.dimension
      readValues(
        this.#file,
        run.offset,
        this.#layout.element,
        block.subarray(start, start + run.count * this.dimension),
      )
    }
    this.#loaded = this.#slots.count
  }

  /** The rows to read, with memory made for them; rows of slots without the vector stay what they are. */
  *#runs(): Iterable<Run> {
    const rowBytes = this.dimension * ELEMENT_BYTES[this.#layout.element]
    let run: Run | undefined
    for (let slot = this.#loaded; slot < this.#slots.count; slot++) {
      if (slot === this.#loaded || slot % this.#blockSlots === 0) {
        if (run) yield run
        run = undefined
        this.#reserve(slot)
      }
      if (!this.has(slot)) continue
      const offset = this.#slots.offset(slot, this.#column)
      if (run && run.firstSlot + run.count === slot && run.offset + run.count * rowBytes === offset) {
        run.count++
        continue
      }
      if (run) yield run
      run = { firstSlot: slot, count: 1, offset }
    }
    if (run) yield run
  }

  /** Makes the slot's block big enough for the slots that there are, with room to double. */
  #reserve(slot: number): void {
    const number = Math.floor(slot / this.#blockSlots)
    const needed = Math.min(this.#blockSlots, this.#slots.count - number * this.#blockSlots)
    const old = this.#blocks[number]
    if (old && old.length >= needed * this.dimension) return
    const capacity = Math.min(this.#blockSlots, Math.max(SMALLEST_BLOCK_SLOTS, 2 ** Math.ceil(Math.log2(needed))))
    const block = new Float32Array(capacity * this.dimension)
    if (old) block.set(old)
    this.#blocks[number] = block
  }
}
