import type { Payload, PointId } from '../../../document.js'
import type { QuantizedRows } from '../../../scoring/quantized-rows.js'
import { withRoom } from '../../../vectors/with-room.js'
import { formatPath, type PayloadPath } from '../../request/payload-path.js'
import { compareIds } from '../../request/point-id.js'
import { unknownVectorName } from '../../request/refusal.js'
import type { Change, PointTable, SlotState } from '../../table/point-table.js'
import type { CollectionSettings } from '../../table/storage.js'
import { type RowSpace, type VectorSpace, vectorSpaces } from '../../table/vector-space.js'
import { DerivedData } from './derived-data.js'
import type { FieldValues } from './field-values.js'
import type { NeighborGraph } from './neighbor-graph.js'
import { type IndexType, indexOf, indexTypes } from './payload-index.js'
import { SparseStatistics } from './sparse-statistics.js'
import type { TextAnalyzer } from './text-analyzer.js'

/** What somebody who opens a database may want otherwise. */
export interface EngineOptions {
  /** Points from which on searches of dense vectors use an approximate index. @default 200,000 */
  readonly approximateFrom?: number
  /** How many conditions a filter may have, those of all its levels together; more are refused. @default no bound */
  readonly maxConditions?: number | undefined
}

/** From how many points on a search may be approximate, so that it need not look at every vector. */
const APPROXIMATE_FROM = 200_000

const STATES: Readonly<Record<SlotState, number>> = { live: 1, deleted: 2, replaced: 3 }

/** A collection that is open: its settings, its points, and what the engine derives from them and keeps up to date. */
export class Collection {
  readonly name: string
  readonly maxConditions: number
  readonly #approximateFrom: number
  #settings: CollectionSettings
  #analyzers: TextAnalyzers
  #table: PointTable
  #spaces: Map<string, VectorSpace>
  #states: Uint8Array
  #hasReplaced: boolean
  #statistics: SparseStatistics
  #derived: DerivedData
  #ordered: Uint32Array | null = null
  #version = 0

  private constructor(
    name: string,
    settings: CollectionSettings,
    table: PointTable,
    analyzers: TextAnalyzers,
    { approximateFrom = APPROXIMATE_FROM, maxConditions = Number.POSITIVE_INFINITY }: EngineOptions,
  ) {
    this.name = name
    this.maxConditions = maxConditions
    this.#approximateFrom = approximateFrom
    this.#settings = settings
    this.#table = table
    this.#analyzers = analyzers
    this.#spaces = vectorSpaces(settings.config)
    this.#states = statesOf(table)
    this.#hasReplaced = this.#states.includes(STATES.replaced)
    this.#statistics = new SparseStatistics(table, this.#spaces)
    this.#derived = new DerivedData(table, settings)
  }

  static async open(
    name: string,
    settings: CollectionSettings,
    table: PointTable,
    options: EngineOptions = {},
  ): Promise<Collection> {
    return new Collection(name, settings, table, await createTextAnalyzers(settings), options)
  }

  get settings(): CollectionSettings {
    return this.#settings
  }

  get table(): PointTable {
    return this.#table
  }

  /** Another number after every change. */
  get version(): number {
    return this.#version
  }

  get spaces(): ReadonlyMap<string, VectorSpace> {
    return this.#spaces
  }

  /** Takes over changed settings, with the table that the storage gave for them. */
  async update(settings: CollectionSettings, table: PointTable, analyzers: TextAnalyzers): Promise<void> {
    const derived = this.#derived
    this.#settings = settings
    this.#analyzers = analyzers
    this.#table = table
    this.#spaces = vectorSpaces(settings.config)
    this.#states = statesOf(table)
    this.#hasReplaced = this.#states.includes(STATES.replaced)
    this.#statistics = new SparseStatistics(table, this.#spaces)
    this.#derived = new DerivedData(table, settings)
    this.#ordered = null
    this.#version++
    await derived.close()
  }

  /** Stops what runs beside the queries. */
  close(): Promise<void> {
    return this.#derived.close()
  }

  /** @throws StoreError `VECTOR_UNKNOWN` */
  space(name: string): VectorSpace {
    const space = this.#spaces.get(name)
    if (!space) throw unknownVectorName(name)
    return space
  }

  isLive(slot: number): boolean {
    return this.#states[slot] === STATES.live
  }

  /** Of these slots, how many were not replaced. */
  countUnreplaced(slots: Uint32Array): number {
    if (!this.#hasReplaced) return slots.length
    let count = 0
    for (let i = 0; i < slots.length; i++) if (this.#states[slots[i]!] !== STATES.replaced) count++
    return count
  }

  idOf(slot: number): PointId {
    return this.#table.idOf(slot)
  }

  payload(slot: number): Payload {
    return this.#table.payload(slot)
  }

  indexType(path: PayloadPath): IndexType | null {
    return indexOf(this.#settings, path)
  }

  textAnalyzer(path: PayloadPath): TextAnalyzer | null {
    return this.#analyzers.size === 0 ? null : (this.#analyzers.get(formatPath(path)) ?? null)
  }

  /** Remembered values of a field that has an index. */
  fieldValues(path: PayloadPath): FieldValues | null {
    return this.#derived.fieldValues(path)
  }

  /** Number of the operation that last changed the point. */
  versionOf(slot: number): number {
    return this.#table.version(slot)
  }

  hasVector(slot: number, name: string): boolean {
    const space = this.#spaces.get(name)
    if (!space) return false
    return this.#table[space.kind](name).has(slot)
  }

  /** The dense vectors of a name in a quarter of their size. */
  quantizedRows(name: string): QuantizedRows {
    return this.#derived.quantizedRows(name)
  }

  /** The approximate index of dense vectors, or null where there are too few, or none is wanted. */
  neighborGraph(space: RowSpace): NeighborGraph | null {
    return this.#table.liveCount < this.#approximateFrom ? null : this.#derived.neighborGraph(space)
  }

  /** To be waited for before a search, so that it can use a graph that was saved. */
  async openGraphs(): Promise<void> {
    if (this.#table.liveCount >= this.#approximateFrom) await this.#derived.openGraphs(this.#spaces.values())
  }

  /** Slots of the live points in the order of their ids. */
  orderedSlots(): Uint32Array {
    if (!this.#ordered) {
      const points: { slot: number; id: PointId }[] = []
      for (let slot = 0; slot < this.#table.slotCount; slot++) {
        if (this.isLive(slot)) points.push({ slot, id: this.#table.idOf(slot) })
      }
      points.sort((a, b) => compareIds(a.id, b.id))
      this.#ordered = Uint32Array.from(points, ({ slot }) => slot)
    }
    return this.#ordered
  }

  /** Order of slots by their points' ids: the rule for ties. */
  readonly compareSlots = (a: number, b: number): number => compareIds(this.#table.idOf(a), this.#table.idOf(b))

  /** N of the IDF modifier: sparse vectors that are not empty, deleted points included until the table is compacted. */
  idfDocuments(name: string): number {
    return this.#statistics.documents(name)
  }

  /**
   * Makes the changes of one operation.
   * @returns its number, from 0 on: as on the server, an operation that changes nothing counts, too
   */
  async apply(changes: readonly Change[]): Promise<number> {
    const operation = this.#table.lastOperation + 1
    const firstNewSlot = this.#table.slotCount
    const touched = this.#statistics.slotsOf(changes)
    await this.#table.apply(changes, operation)
    if (changes.length === 0) return operation
    this.#refreshStates(touched, firstNewSlot)
    this.#statistics.refresh(touched, firstNewSlot)
    this.#derived.refresh(changes)
    this.#version++
    if (changes.some(({ op }) => op !== 'payload')) this.#ordered = null
    return operation
  }

  #refreshStates(touched: readonly number[], firstNewSlot: number): void {
    const { slotCount } = this.#table
    this.#states = withRoom(this.#states, slotCount)
    const read = (slot: number) => {
      this.#states[slot] = STATES[this.#table.state(slot)]
      if (this.#states[slot] === STATES.replaced) this.#hasReplaced = true
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
    if (type.name !== 'text') continue
    // what cuts texts into words is loaded where a field is indexed by them
    const { createTextAnalyzer } = await import('./text-analyzer.js')
    analyzers.set(field, await createTextAnalyzer(type))
  }
  return analyzers
}

function statesOf(table: PointTable): Uint8Array {
  const states = new Uint8Array(table.slotCount)
  for (let slot = 0; slot < states.length; slot++) states[slot] = STATES[table.state(slot)]
  return states
}
