import type { Payload, PointId } from '../../document.js'
import { indexTypes } from './payload-index.js'
import { formatPath, type PayloadPath } from './payload-path.js'
import { compareIds } from './point-id.js'
import type { Change, PointTable } from './point-table.js'
import { unknownVectorName } from './refusal.js'
import { SparseStatistics } from './sparse-statistics.js'
import type { CollectionSettings } from './storage.js'
import { createTextAnalyzer, type TextAnalyzer } from './text-analyzer.js'
import { type VectorSpace, vectorSpaces } from './vector-space.js'

/** A collection that is open: its settings, its points, and what the engine derives from them and keeps up to date. */
export class Collection {
  readonly name: string
  #settings: CollectionSettings
  #analyzers: TextAnalyzers
  #table: PointTable
  #spaces: Map<string, VectorSpace>
  #live: Uint8Array
  #statistics: SparseStatistics
  #ordered: Uint32Array | null = null

  private constructor(name: string, settings: CollectionSettings, table: PointTable, analyzers: TextAnalyzers) {
    this.name = name
    this.#settings = settings
    this.#table = table
    this.#analyzers = analyzers
    this.#spaces = vectorSpaces(settings.config)
    this.#live = liveFlags(table)
    this.#statistics = new SparseStatistics(table, this.#spaces)
  }

  static async open(name: string, settings: CollectionSettings, table: PointTable): Promise<Collection> {
    return new Collection(name, settings, table, await createTextAnalyzers(settings))
  }

  get settings(): CollectionSettings {
    return this.#settings
  }

  get table(): PointTable {
    return this.#table
  }

  get spaces(): ReadonlyMap<string, VectorSpace> {
    return this.#spaces
  }

  /** Takes over changed settings, with the table that the storage gave for them. */
  update(settings: CollectionSettings, table: PointTable, analyzers: TextAnalyzers): void {
    this.#settings = settings
    this.#analyzers = analyzers
    this.#table = table
    this.#spaces = vectorSpaces(settings.config)
    this.#live = liveFlags(table)
    this.#statistics = new SparseStatistics(table, this.#spaces)
    this.#ordered = null
  }

  /** @throws StoreError `VECTOR_UNKNOWN` */
  space(name: string): VectorSpace {
    const space = this.#spaces.get(name)
    if (!space) throw unknownVectorName(name)
    return space
  }

  isLive(slot: number): boolean {
    return this.#live[slot] === 1
  }

  idOf(slot: number): PointId {
    return this.#table.idOf(slot)
  }

  payload(slot: number): Payload {
    return this.#table.payload(slot)
  }

  textAnalyzer(path: PayloadPath): TextAnalyzer | null {
    return this.#analyzers.size === 0 ? null : (this.#analyzers.get(formatPath(path)) ?? null)
  }

  hasVector(slot: number, name: string): boolean {
    const space = this.#spaces.get(name)
    if (!space) return false
    return this.#table[space.kind](name).has(slot)
  }

  /** Slots of the live points in the order of their ids. */
  orderedSlots(): Uint32Array {
    if (!this.#ordered) {
      const slots: number[] = []
      for (let slot = 0; slot < this.#table.slotCount; slot++) if (this.isLive(slot)) slots.push(slot)
      this.#ordered = Uint32Array.from(slots.sort(this.compareSlots))
    }
    return this.#ordered
  }

  /** Order of slots by their points' ids: the rule for ties. */
  readonly compareSlots = (a: number, b: number): number => compareIds(this.#table.idOf(a), this.#table.idOf(b))

  /** N of the IDF modifier: sparse vectors that are not empty, deleted points included until the table is compacted. */
  idfDocuments(name: string): number {
    return this.#statistics.documents(name)
  }

  async apply(changes: readonly Change[]): Promise<void> {
    if (changes.length === 0) return
    const firstNewSlot = this.#table.slotCount
    const touched = this.#statistics.slotsOf(changes)
    await this.#table.apply(changes)
    this.#refreshLive(touched, firstNewSlot)
    this.#statistics.refresh(touched, firstNewSlot)
    this.#ordered = null
  }

  #refreshLive(touched: readonly number[], firstNewSlot: number): void {
    const { slotCount } = this.#table
    if (slotCount > this.#live.length) {
      const live = new Uint8Array(Math.max(slotCount, this.#live.length * 2))
      live.set(this.#live)
      this.#live = live
    }
    const read = (slot: number) => {
      this.#live[slot] = this.#table.state(slot) === 'live' ? 1 : 0
    }
    touched.forEach(read)
    for (let slot = firstNewSlot; slot < slotCount; slot++) read(slot)
  }
}

/** Analysis of the text indexes by field. */
export type TextAnalyzers = ReadonlyMap<string, TextAnalyzer>

/** @throws InputError where a text index asks for a language that is not there */
export async function createTextAnalyzers(settings: CollectionSettings): Promise<TextAnalyzers> {
  const analyzers = new Map<string, TextAnalyzer>()
  for (const [field, type] of indexTypes(settings)) {
    if (type.name === 'text') analyzers.set(field, await createTextAnalyzer(type))
  }
  return analyzers
}

function liveFlags(table: PointTable): Uint8Array {
  const live = new Uint8Array(table.slotCount)
  for (let slot = 0; slot < live.length; slot++) if (table.state(slot) === 'live') live[slot] = 1
  return live
}
