import type { Payload, PointId } from '../../document.js'
import { StoreError } from '../../errors.js'
import type { Vector } from '../../vectors.js'
import { type Change, NO_PAYLOAD } from '../table/point-table.js'
import { type EncodedId, encodeId } from './columns/encoded-id.js'
import { slotRecordBytes, writeLocator, writePayloadLocator, writeSlotRecord } from './columns/slot-table.js'
import { vectorBytes, writeVector } from './columns/vector-codec.js'
import type { Commit } from './journal.js'
import type { ColumnLayout } from './table-layout.js'

/** No payload, in JSON that reads as an empty one; no other payload is as long. */
export const NO_PAYLOAD_JSON = '{ }'

/** A batch as the bytes and the journal entry that store it. */
export interface EncodedChanges {
  /** New bytes by file: slots, payloads, then one per column. */
  readonly appends: readonly Uint8Array[]
  readonly change: Required<Pick<Commit, 'slots' | 'deleted' | 'replaced' | 'payloads'>> & Pick<Commit, 'versions'>
}

/** What a batch is added to. */
export interface TableEnds {
  readonly columns: readonly ColumnLayout[]
  readonly slotCount: number
  /** Committed length of each file. */
  readonly lengths: readonly number[]
  slotOf(id: PointId): number | undefined
}

interface Put {
  readonly id: EncodedId
  readonly vectors: Readonly<Record<string, Vector>>
  readonly version: number | undefined
}

/**
 * Works out what a batch does to the table, in order, and encodes it; nothing is written.
 * @throws VectorError `VECTOR_DIMENSION`
 * @throws StoreError `VECTOR_UNKNOWN`, `POINT_MISSING`
 */
export function encodeChanges(changes: readonly Change[], table: TableEnds): EncodedChanges {
  const puts: Put[] = []
  const newSlots = new Map<PointId, number | undefined>()
  const deleted: number[] = []
  const replaced: number[] = []
  const payloads = new PayloadBytes(table.lengths[1]!)
  for (const change of changes) {
    const id = typeof change.id === 'string' ? change.id.toLowerCase() : change.id
    const slot = newSlots.has(id) ? newSlots.get(id) : table.slotOf(id)
    if (change.op === 'payload') {
      if (slot === undefined) throw new StoreError('POINT_MISSING', `There is no point ${id} to set the payload of.`)
      payloads.put(slot, change.payload)
      continue
    }
    if (slot !== undefined) (change.op === 'delete' ? deleted : replaced).push(slot)
    if (change.op === 'delete') {
      newSlots.set(id, undefined)
      continue
    }
    const next = table.slotCount + puts.length
    newSlots.set(id, next)
    puts.push({ id: encodeId(id), vectors: change.vectors, version: change.version })
    payloads.put(next, change.payload)
  }
  const records = encodeRecords(puts, payloads, table)
  return {
    appends: [records, payloads.bytes(), ...encodeColumns(puts, records, table)],
    change: {
      slots: table.slotCount + puts.length,
      deleted,
      replaced,
      payloads: payloads.before(table.slotCount),
      ...versionRuns(puts),
    },
  }
}

/** The versions of copied points, which say theirs all. */
function versionRuns(puts: readonly Put[]): Pick<Commit, 'versions'> {
  const versions: [slots: number, version: number][] = []
  for (const { version } of puts) {
    if (version === undefined) return {}
    const last = versions.at(-1)
    if (last?.[1] === version) last[0]++
    else versions.push([1, version])
  }
  return versions.length === 0 ? {} : { versions }
}

/** Payloads as JSON, one behind the other, and where each slot's newest one lies. */
class PayloadBytes {
  readonly #chunks: Buffer[] = []
  readonly #bySlot = new Map<number, readonly [offset: number, length: number]>()
  #end: number

  constructor(start: number) {
    this.#end = start
  }

  put(slot: number, payload: Payload): void {
    const json = Buffer.from(payload === NO_PAYLOAD ? NO_PAYLOAD_JSON : JSON.stringify(payload))
    this.#chunks.push(json)
    this.#bySlot.set(slot, [this.#end, json.length])
    this.#end += json.length
  }

  of(slot: number): readonly [offset: number, length: number] {
    return this.#bySlot.get(slot)!
  }

  /** Those of slots that were there before. */
  before(slotCount: number): [slot: number, offset: number, length: number][] {
    return [...this.#bySlot].flatMap(([slot, [offset, length]]) => (slot < slotCount ? [[slot, offset, length]] : []))
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#chunks)
  }
}

function encodeRecords(puts: readonly Put[], payloads: PayloadBytes, table: TableEnds): Uint8Array {
  const records = new Uint8Array(puts.length * slotRecordBytes(table.columns.length))
  for (const [i, put] of puts.entries()) {
    const record = recordView(records, i, table.columns.length)
    writeSlotRecord(record, put.id, table.columns.length)
    writePayloadLocator(record, ...payloads.of(table.slotCount + i))
  }
  return records
}

/** The bytes of each column, their places written into the records. */
function encodeColumns(puts: readonly Put[], records: Uint8Array, table: TableEnds): Uint8Array[] {
  const known = new Map(table.columns.map((column, number) => [column.name, number]))
  const ends = table.columns.map(() => 0)
  const places: { put: Put; column: number; at: number }[] = []
  for (const [i, put] of puts.entries()) {
    const record = recordView(records, i, table.columns.length)
    for (const [name, vector] of Object.entries(put.vectors)) {
      const column = known.get(name)
      if (column === undefined) throw new StoreError('VECTOR_UNKNOWN', `The point table has no vector "${name}".`)
      const bytes = vectorBytes(table.columns[column]!, vector)
      const at = ends[column]!
      places.push({ put, column, at })
      writeLocator(record, column, table.lengths[2 + column]! + at, bytes)
      ends[column] = at + bytes
    }
  }
  const buffers = ends.map((bytes) => new ArrayBuffer(bytes))
  for (const { put, column, at } of places) {
    const layout = table.columns[column]!
    writeVector(layout, put.vectors[layout.name]!, buffers[column]!, at)
  }
  return buffers.map((buffer) => new Uint8Array(buffer))
}

function recordView(records: Uint8Array, i: number, columnCount: number): DataView {
  const bytes = slotRecordBytes(columnCount)
  return new DataView(records.buffer, records.byteOffset + i * bytes, bytes)
}
