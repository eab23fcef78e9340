import type { Payload, PointId } from '../../document.js'
import { StoreError } from '../../errors.js'
import type { TableSchema } from '../table-schema.js'
import { MemoryDenseColumn, MemoryMultivectorColumn, MemorySparseColumn } from './memory-columns.js'
import {
  type Change,
  type DenseColumn,
  type MultivectorColumn,
  NO_PAYLOAD,
  type PointTable,
  type SlotState,
  type SparseColumn,
} from './point-table.js'

export class MemoryPointTable implements PointTable {
  readonly #dense = new Map<string, MemoryDenseColumn>()
  readonly #multivector = new Map<string, MemoryMultivectorColumn>()
  readonly #sparse = new Map<string, MemorySparseColumn>()
  readonly #ids: PointId[] = []
  readonly #states: SlotState[] = []
  readonly #payloads: Payload[] = []
  readonly #versions: number[] = []
  readonly #slots = new Map<PointId, number>()
  #lastOperation = -1

  constructor(schema: TableSchema) {
    this.alter(schema)
  }

  /** Drops the columns that the schema lacks or defines otherwise, and adds empty ones for those that are new. */
  alter(schema: TableSchema): void {
    for (const [name, column] of this.#dense) {
      if (schema.dense.get(name) !== column.dimension) this.#dense.delete(name)
    }
    for (const [name, column] of this.#multivector) {
      if (schema.multivector.get(name) !== column.dimension) this.#multivector.delete(name)
    }
    for (const name of this.#sparse.keys()) if (!schema.sparse.has(name)) this.#sparse.delete(name)
    for (const [name, dimension] of schema.dense) {
      if (!this.#dense.has(name)) this.#dense.set(name, new MemoryDenseColumn(dimension))
    }
    for (const [name, dimension] of schema.multivector) {
      if (!this.#multivector.has(name)) this.#multivector.set(name, new MemoryMultivectorColumn(dimension))
    }
    for (const name of schema.sparse) if (!this.#sparse.has(name)) this.#sparse.set(name, new MemorySparseColumn())
  }

  get slotCount(): number {
    return this.#ids.length
  }

  get liveCount(): number {
    return this.#slots.size
  }

  state(slot: number): SlotState {
    return this.#states[slot]!
  }

  idOf(slot: number): PointId {
    return this.#ids[slot]!
  }

  slotOf(id: PointId): number | undefined {
    return this.#slots.get(id)
  }

  payload(slot: number): Payload {
    return this.#payloads[slot]!
  }

  version(slot: number): number {
    return this.#versions[slot]!
  }

  get lastOperation(): number {
    return this.#lastOperation
  }

  dense(name: string): DenseColumn {
    return this.#dense.get(name)!
  }

  multivector(name: string): MultivectorColumn {
    return this.#multivector.get(name)!
  }

  sparse(name: string): SparseColumn {
    return this.#sparse.get(name)!
  }

  graphFile(): null {
    return null
  }

  async apply(changes: readonly Change[], operation = this.#lastOperation + 1): Promise<void> {
    for (const change of changes) this.#checkColumns(change)
    for (const change of changes) this.#apply(change, operation)
    this.#lastOperation = Math.max(this.#lastOperation, operation)
  }

  /** All that can fail, before the first change is made. */
  #checkColumns(change: Change): void {
    if (change.op !== 'put') return
    for (const name of Object.keys(change.vectors)) {
      if (this.#column(name) === undefined) {
        throw new StoreError('VECTOR_UNKNOWN', `The point table has no vector "${name}".`)
      }
    }
  }

  #apply(change: Change, operation: number): void {
    const old = this.#slots.get(change.id)
    if (change.op === 'payload') {
      this.#payloads[old!] = change.payload
      this.#versions[old!] = operation
      return
    }
    if (old !== undefined) {
      this.#states[old] = change.op === 'delete' ? 'deleted' : 'replaced'
      this.#payloads[old] = NO_PAYLOAD
    }
    if (change.op === 'delete') {
      this.#slots.delete(change.id)
      return
    }
    const slot = this.#ids.length
    this.#ids.push(change.id)
    this.#states.push('live')
    this.#payloads.push(change.payload)
    this.#versions.push(change.version ?? operation)
    this.#slots.set(change.id, slot)
    for (const [name, vector] of Object.entries(change.vectors)) this.#column(name)!.put(slot, vector as never)
  }

  #column(name: string): { put(slot: number, vector: never): void } | undefined {
    return this.#dense.get(name) ?? this.#multivector.get(name) ?? this.#sparse.get(name)
  }
}
