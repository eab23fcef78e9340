import { getOrMake } from '../../../get-or-make.js'
import { QuantizedRows } from '../../../scoring/quantized-rows.js'
import { formatPath, type PayloadPath } from '../../request/payload-path.js'
import type { Change, PointTable } from '../../table/point-table.js'
import type { CollectionSettings } from '../../table/storage.js'
import type { RowSpace, VectorSpace } from '../../table/vector-space.js'
import { FieldValues } from './field-values.js'
import { hnswSettings } from './hnsw-settings.js'
import { NeighborGraph } from './neighbor-graph.js'
import { indexTypes } from './payload-index.js'

/** What makes searching a table fast, made when it is first needed: none of it changes what a query finds, but for the graph. */
export class DerivedData {
  readonly #table: PointTable
  readonly #settings: CollectionSettings
  readonly #fields = new Map<string, FieldValues>()
  readonly #rows = new Map<string, QuantizedRows>()
  readonly #graphs = new Map<string, NeighborGraph | null>()

  constructor(table: PointTable, settings: CollectionSettings) {
    this.#table = table
    this.#settings = settings
    for (const [field, { name }] of indexTypes(settings)) {
      // a text is too long to keep, and what a place is near to is no property of it alone
      if (name !== 'text' && name !== 'geo') this.#fields.set(field, new FieldValues())
    }
  }

  fieldValues(path: PayloadPath): FieldValues | null {
    return this.#fields.size === 0 ? null : (this.#fields.get(formatPath(path)) ?? null)
  }

  /** Up to the newest slot. */
  quantizedRows(name: string): QuantizedRows {
    const column = this.#table.dense(name)
    const rows = getOrMake(this.#rows, name, () => new QuantizedRows(column.dimension))
    const from = rows.count
    if (from < this.#table.slotCount) {
      for (const { firstSlot, count, values } of column.blocks(from)) {
        rows.skipTo(firstSlot)
        rows.append(values, count, (row) => column.has(firstSlot + row))
      }
      rows.skipTo(this.#table.slotCount)
    }
    return rows
  }

  neighborGraph(space: RowSpace): NeighborGraph | null {
    return getOrMake(this.#graphs, space.name, () => {
      const settings = hnswSettings(space, this.#settings.config)
      return settings && new NeighborGraph(this.#table, space.name, settings)
    })
  }

  /** Waits until saved graphs can be searched. One that cannot be read is made again. */
  async openGraphs(spaces: Iterable<VectorSpace>): Promise<void> {
    for (const space of spaces) {
      if (space.kind === 'dense')
        await this.neighborGraph(space)
          ?.open()
          .catch(() => undefined)
    }
  }

  /** Takes applied changes into account. */
  refresh(changes: readonly Change[]): void {
    if (this.#fields.size === 0) return
    for (const { op, id } of changes) {
      const slot = op === 'payload' ? this.#table.slotOf(id) : undefined
      if (slot !== undefined) for (const field of this.#fields.values()) field.forget(slot)
    }
  }

  async close(): Promise<void> {
    for (const graph of this.#graphs.values()) await graph?.close()
  }
}
