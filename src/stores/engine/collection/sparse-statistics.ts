import type { Change, PointTable } from '../../table/point-table.js'
import type { VectorSpace } from '../../table/vector-space.js'

/**
 * N of the IDF modifier for each sparse vector of a collection, counted once at opening and then kept up to date.
 * A vector counts unless it is empty or its slot was replaced; deleted points count until the table is compacted.
 * As in a running Qdrant server, an empty vector that is replaced by another does not raise N before the next opening.
 */
export class SparseStatistics {
  readonly #table: PointTable
  readonly #documents = new Map<string, number>()

  constructor(table: PointTable, spaces: ReadonlyMap<string, VectorSpace>) {
    this.#table = table
    for (const space of spaces.values()) {
      if (space.kind !== 'sparse' || !space.hasIdf) continue
      let count = 0
      for (let slot = 0; slot < table.slotCount; slot++) if (this.#counts(space.name, slot)) count++
      this.#documents.set(space.name, count)
    }
  }

  documents(name: string): number {
    return this.#documents.get(name) ?? 0
  }

  /** The live slots that the changes are about to replace or delete: to be handed to {@link refresh} after the changes. */
  slotsOf(changes: readonly Change[]): number[] {
    const slots = new Set<number>()
    for (const change of changes) {
      const slot = change.op === 'payload' ? undefined : this.#table.slotOf(change.id)
      if (slot !== undefined) slots.add(slot)
    }
    return [...slots]
  }

  /** Takes the applied changes into account: slots that were live before, and slots that are new. */
  refresh(touched: readonly number[], firstNewSlot: number): void {
    for (const [name, documents] of this.#documents) {
      const column = this.#table.sparse(name)
      const emptied = new Set<unknown>()
      let count = documents
      for (const slot of touched) {
        if (this.#table.state(slot) !== 'replaced' || !column.has(slot)) continue
        if (!column.isEmpty(slot)) count--
        else emptied.add(this.#table.idOf(slot))
      }
      for (let slot = firstNewSlot; slot < this.#table.slotCount; slot++) {
        if (this.#counts(name, slot) && !emptied.has(this.#table.idOf(slot))) count++
      }
      this.#documents.set(name, count)
    }
  }

  #counts(name: string, slot: number): boolean {
    if (this.#table.state(slot) === 'replaced') return false
    const column = this.#table.sparse(name)
    return column.has(slot) && !column.isEmpty(slot)
  }
}
