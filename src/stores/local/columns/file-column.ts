import type { AppendFile } from './append-file.js'
import { ABSENT, type SlotTable } from './slot-table.js'

/** Where the vectors of one name lie in their file, by slot. */
export class FileColumn {
  protected readonly column: number
  protected readonly slots: SlotTable
  protected readonly file: AppendFile

  constructor(column: number, slots: SlotTable, file: AppendFile) {
    this.column = column
    this.slots = slots
    this.file = file
  }

  has(slot: number): boolean {
    return this.slots.length(slot, this.column) !== ABSENT
  }
}
