import type { Multivector } from '../../../vectors.js'
import type { MultivectorColumn } from '../../table/point-table.js'
import { type ColumnLayout, ELEMENT_BYTES } from '../table-layout.js'
import type { AppendFile } from './append-file.js'
import { FileColumn } from './file-column.js'
import { ABSENT, type SlotTable } from './slot-table.js'
import { readValues } from './vector-codec.js'

/** Multivectors in a file, read one at a time: only those of the candidates of a rerank are ever needed. */
export class MultivectorFileColumn extends FileColumn implements MultivectorColumn {
  readonly dimension: number
  readonly #layout: Extract<ColumnLayout, { kind: 'multivector' }>
  #buffer = new Float32Array(0)

  constructor(
    layout: Extract<ColumnLayout, { kind: 'multivector' }>,
    column: number,
    slots: SlotTable,
    file: AppendFile,
  ) {
    super(column, slots, file)
    this.dimension = layout.dimension
    this.#layout = layout
  }

  vector(slot: number): Multivector | undefined {
    return this.#read(slot, (length) => new Float32Array(length))
  }

  view(slot: number): Multivector | undefined {
    return this.#read(slot, (length) => {
      if (length > this.#buffer.length) this.#buffer = new Float32Array(length)
      return this.#buffer.subarray(0, length)
    })
  }

  #read(slot: number, allocate: (length: number) => Float32Array): Multivector | undefined {
    const bytes = this.slots.length(slot, this.column)
    if (bytes === ABSENT) return undefined
    const values = allocate(bytes / ELEMENT_BYTES[this.#layout.element])
    readValues(this.file, this.slots.offset(slot, this.column), this.#layout.element, values)
    return { rows: values.length / this.dimension, dimension: this.dimension, values }
  }
}
