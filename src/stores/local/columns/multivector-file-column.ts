import type { Multivector } from '../../../vectors.js'
import type { MultivectorColumn } from '../../table/point-table.js'
import { ELEMENT_BYTES } from '../table-layout.js'
import { RowFileColumn } from './file-column.js'
import { ABSENT } from './slot-table.js'
import { readValues } from './vector-codec.js'

/** Multivectors in a file, read one at a time: only those of the candidates of a rerank are ever needed. */
export class MultivectorFileColumn extends RowFileColumn implements MultivectorColumn {
  #buffer = new Float32Array(0)

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
    const values = allocate(bytes / ELEMENT_BYTES[this.element])
    readValues(this.file, this.slots.offset(slot, this.column), this.element, values)
    return { rows: values.length / this.dimension, dimension: this.dimension, values }
  }
}
