import { crc32 } from 'node:zlib'
import type { PointId } from '../../../document.js'
import { withRoom } from '../../../vectors/with-room.js'
import type { SlotState } from '../../table/point-table.js'
import type { AppendFile } from './append-file.js'
import { decodeId, type EncodedId, hashId, ID_BYTES } from './encoded-id.js'

/**
 * A slot's record, little-endian but for the id:
 * 0 id: 16 bytes of a UUID, or a big-endian uint64 and zeros · 16 offset of the payload, float64 · 24 its length, uint32 ·
 * 28 kind of id, uint32 · from 32 on, for each column: offset, float64 · length in bytes, uint32, or ABSENT.
 */
const PAYLOAD_OFFSET = 16
const PAYLOAD_LENGTH = 24
const ID_KIND = 28
const COLUMNS = 32
const COLUMN_BYTES = 12

/** The length of a vector that the point does not have; an empty sparse vector has length 0. */
export const ABSENT = 0xffffffff

/** Slots of a chunk of the image. */
const CHUNK_SLOTS = 1024

const STATES: readonly SlotState[] = ['live', 'deleted', 'replaced']

export function slotRecordBytes(columnCount: number): number {
  return COLUMNS + columnCount * COLUMN_BYTES
}

/** Writes a slot's record; every column starts absent. */
export function writeSlotRecord(target: DataView, id: EncodedId, columnCount: number): void {
  id.bytes.copy(new Uint8Array(target.buffer, target.byteOffset, ID_BYTES))
  target.setUint32(ID_KIND, id.kind, true)
  for (let column = 0; column < columnCount; column++) writeLocator(target, column, 0, ABSENT)
}

export function writePayloadLocator(record: DataView, offset: number, length: number): void {
  record.setFloat64(PAYLOAD_OFFSET, offset, true)
  record.setUint32(PAYLOAD_LENGTH, length, true)
}

export function writeLocator(record: DataView, column: number, offset: number, length: number): void {
  const at = COLUMNS + column * COLUMN_BYTES
  record.setFloat64(at, offset, true)
  record.setUint32(at + 8, length, true)
}

/**
 * Ids, states and locators of all slots: the slots file as it is, in memory (about 75 bytes a slot), with the later
 * changes of the journal applied.
 */
export class SlotTable {
  readonly recordBytes: number
  #count = 0
  #live = 0
  #states = new Uint8Array(CHUNK_SLOTS)
  #versions = new Uint32Array(CHUNK_SLOTS)
  readonly #chunks: { readonly bytes: Buffer; readonly view: DataView }[] = []

  constructor(columnCount: number) {
    this.recordBytes = slotRecordBytes(columnCount)
  }

  get count(): number {
    return this.#count
  }

  get liveCount(): number {
    return this.#live
  }

  /** Appends the records of `file` that are not here yet, all live. */
  load(file: AppendFile): void {
    this.#fill(file.length / this.recordBytes, (records) => file.readInto(records, this.#count * this.recordBytes))
  }

  /** Appends records, all live. */
  append(records: Uint8Array): void {
    let done = 0
    this.#fill(this.#count + records.length / this.recordBytes, (target) => {
      target.set(records.subarray(done, done + target.length))
      done += target.length
    })
  }

  /** Takes slots up to a number, chunk by chunk. @param read writes the records of those from the first that is not there */
  #fill(total: number, read: (target: Buffer) => void): void {
    while (this.#count < total) {
      const { chunk, start, room } = this.#nextRoom()
      const count = Math.min(room, total - this.#count)
      read(chunk.subarray(start * this.recordBytes, (start + count) * this.recordBytes))
      this.#grow(count)
    }
  }

  /** CRC-32 of the records of slots, as long as no payload of theirs was changed. */
  checksum(firstSlot: number, endSlot: number): number {
    let sum = 0
    for (let slot = firstSlot; slot < endSlot; ) {
      const end = Math.min(endSlot, (Math.floor(slot / CHUNK_SLOTS) + 1) * CHUNK_SLOTS)
      const start = this.#at(slot)
      sum = crc32(this.#chunk(slot).bytes.subarray(start, start + (end - slot) * this.recordBytes), sum)
      slot = end
    }
    return sum
  }

  state(slot: number): SlotState {
    return STATES[this.#states[slot]!]!
  }

  setState(slot: number, state: SlotState): void {
    const number = STATES.indexOf(state)
    if (this.#states[slot] === 0 && number !== 0) this.#live--
    this.#states[slot] = number
  }

  version(slot: number): number {
    return this.#versions[slot]!
  }

  /** The version of the slots from `first` up to `end`. */
  setVersion(first: number, end: number, version: number): void {
    this.#versions.fill(version, first, end)
  }

  idOf(slot: number): PointId {
    const { bytes, view } = this.#chunk(slot)
    const at = this.#at(slot)
    return decodeId({ bytes: bytes.subarray(at, at + ID_BYTES), kind: view.getUint32(at + ID_KIND, true) })
  }

  hasId(slot: number, id: EncodedId): boolean {
    const { bytes, view } = this.#chunk(slot)
    const at = this.#at(slot)
    return view.getUint32(at + ID_KIND, true) === id.kind && id.bytes.compare(bytes, at, at + ID_BYTES) === 0
  }

  hasSameId(a: number, b: number): boolean {
    const one = this.#chunk(a).view
    const other = this.#chunk(b).view
    const at = this.#at(a)
    const otherAt = this.#at(b)
    for (let i = 0; i < ID_BYTES; i += 4) if (one.getUint32(at + i) !== other.getUint32(otherAt + i)) return false
    return one.getUint32(at + ID_KIND) === other.getUint32(otherAt + ID_KIND)
  }

  /** `hashId` of a slot's id. */
  hashOf(slot: number): number {
    return hashId(this.#chunk(slot).view, this.#at(slot))
  }

  payloadOffset(slot: number): number {
    return this.#chunk(slot).view.getFloat64(this.#at(slot) + PAYLOAD_OFFSET, true)
  }

  payloadLength(slot: number): number {
    return this.#chunk(slot).view.getUint32(this.#at(slot) + PAYLOAD_LENGTH, true)
  }

  setPayload(slot: number, offset: number, length: number): void {
    const { view } = this.#chunk(slot)
    view.setFloat64(this.#at(slot) + PAYLOAD_OFFSET, offset, true)
    view.setUint32(this.#at(slot) + PAYLOAD_LENGTH, length, true)
  }

  offset(slot: number, column: number): number {
    return this.#chunk(slot).view.getFloat64(this.#at(slot) + COLUMNS + column * COLUMN_BYTES, true)
  }

  /** Length of a slot's vector in bytes, or {@link ABSENT}. */
  length(slot: number, column: number): number {
    return this.#chunk(slot).view.getUint32(this.#at(slot) + COLUMNS + column * COLUMN_BYTES + 8, true)
  }

  #chunk(slot: number): { readonly bytes: Buffer; readonly view: DataView } {
    return this.#chunks[Math.floor(slot / CHUNK_SLOTS)]!
  }

  #at(slot: number): number {
    return (slot % CHUNK_SLOTS) * this.recordBytes
  }

  /** The chunk that the next slot goes to, the place of that slot in it and how many slots it still takes. */
  #nextRoom(): { chunk: Buffer; start: number; room: number } {
    const number = Math.floor(this.#count / CHUNK_SLOTS)
    if (number === this.#chunks.length) {
      const bytes = Buffer.alloc(CHUNK_SLOTS * this.recordBytes)
      this.#chunks.push({ bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) })
    }
    const start = this.#count % CHUNK_SLOTS
    return { chunk: this.#chunks[number]!.bytes, start, room: CHUNK_SLOTS - start }
  }

  #grow(slots: number): void {
    this.#count += slots
    this.#live += slots
    this.#states = withRoom(this.#states, this.#count)
    this.#versions = withRoom(this.#versions, this.#count)
  }
}
