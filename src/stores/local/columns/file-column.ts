import type { ColumnLayout, Element } from '../table-layout.js'
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

/** Vectors that are rows of one length. */
export class RowFileColumn extends FileColumn {
  readonly dimension: number
  protected readonly element: Element

  constructor(layout: Exclude<ColumnLayout, { kind: 'sparse' }>, column: number, slots: SlotTable, file: AppendFile) {
    super(column, slots, file)
    this.dimension = layout.dimension
    this.element = layout.element
  }
}
