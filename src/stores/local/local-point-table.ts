import { join } from 'node:path'
import type { Payload, PointId } from '../../document.js'
import { StoreError } from '../../errors.js'
import {
  type Change,
  type DenseColumn,
  type MultivectorColumn,
  type NeighborGraphPlace,
  NO_PAYLOAD,
  type PointTable,
  type SlotState,
  type SparseColumn,
} from '../table/point-table.js'
import { DenseFileColumn } from './columns/dense-file-column.js'
import { encodeId } from './columns/encoded-id.js'
import { MultivectorFileColumn } from './columns/multivector-file-column.js'
import type { SegmentPlace } from './columns/postings-segment.js'
import { SlotTable } from './columns/slot-table.js'
import { SparseFileColumn } from './columns/sparse-file-column.js'
import { corruptError } from './disk-error.js'
import { encodeChanges, NO_PAYLOAD_JSON } from './encode-changes.js'
import { IdIndex } from './id-index.js'
import type { Commit } from './journal.js'
import { type Durability, TableFiles } from './table-files.js'
import type { ColumnLayout } from './table-layout.js'

const SLOTS_FILE = 0
const PAYLOADS_FILE = 1
const FIRST_COLUMN_FILE = 2

/** A point table in a folder; see `TableFiles` for what is on the disk and `Durability` for what survives. */
export class LocalPointTable implements PointTable {
  readonly #files: TableFiles
  readonly #slots: SlotTable
  readonly #index: IdIndex
  readonly #dense = new Map<string, DenseFileColumn>()
  readonly #multivector = new Map<string, MultivectorFileColumn>()
  readonly #sparse = new Map<string, { readonly column: SparseFileColumn; readonly postingsFile: number }>()
  readonly #folder: string
  readonly #readOnly: boolean
  #isApplying = false
  #lastOperation: number

  private constructor(folder: string, files: TableFiles, commits: readonly Commit[], readOnly: boolean) {
    this.#folder = folder
    this.#files = files
    this.#readOnly = readOnly
    this.#slots = loadSlots(files, commits)
    this.#lastOperation = commits.reduce((last, { operation = 0 }) => Math.max(last, operation), -1)
    this.#index = new IdIndex(this.#slots)
    for (let slot = 0; slot < this.#slots.count; slot++) this.#index.add(slot)
    const segments = segmentPlaces(commits)
    let postingsFile = FIRST_COLUMN_FILE + files.columns.length
    for (const [number, layout] of files.columns.entries()) {
      const file = files.files[FIRST_COLUMN_FILE + number]!
      if (layout.kind === 'dense') {
        this.#dense.set(layout.name, new DenseFileColumn(layout, number, this.#slots, file))
      } else if (layout.kind === 'multivector') {
        this.#multivector.set(layout.name, new MultivectorFileColumn(layout, number, this.#slots, file))
      } else {
        const places = segments.get(postingsFile) ?? []
        const column = new SparseFileColumn(number, this.#slots, file, files.files[postingsFile]!, places)
        this.#sparse.set(layout.name, { column, postingsFile })
        postingsFile++
      }
    }
  }

  /**
   * An empty table in a new folder.
   * @param assertHeld throws once this process may not write any more
   */
  static async create(
    folder: string,
    columns: readonly ColumnLayout[],
    durability: Durability,
    assertHeld: () => void,
  ): Promise<LocalPointTable> {
    return new LocalPointTable(folder, await TableFiles.create(folder, columns, durability, assertHeld), [], false)
  }

  /** @throws StoreError `STORE_CORRUPT` */
  static async open(
    folder: string,
    durability: Durability,
    readOnly: boolean,
    assertHeld: () => void = () => {},
  ): Promise<LocalPointTable> {
    const { table, commits } = await TableFiles.open(folder, durability, readOnly, assertHeld)
    try {
      return new LocalPointTable(folder, table, commits, readOnly)
    } catch (error) {
      await table.close()
      throw error
    }
  }

  get columns(): readonly ColumnLayout[] {
    return this.#files.columns
  }

  get slotCount(): number {
    return this.#slots.count
  }

  get liveCount(): number {
    return this.#slots.liveCount
  }

  state(slot: number): SlotState {
    return this.#slots.state(slot)
  }

  idOf(slot: number): PointId {
    return this.#slots.idOf(slot)
  }

  slotOf(id: PointId): number | undefined {
    const slot = this.#index.find(encodeId(id))
    return slot === undefined || this.#slots.state(slot) !== 'live' ? undefined : slot
  }

  payload(slot: number): Payload {
    if (this.#slots.payloadLength(slot) === NO_PAYLOAD_JSON.length) return NO_PAYLOAD
    const file = this.#files.files[PAYLOADS_FILE]!
    const json = file.read(this.#slots.payloadOffset(slot), this.#slots.payloadLength(slot)).toString()
    try {
      return JSON.parse(json) as Payload
    } catch (error) {
      throw corruptError(`${file.path}: the payload of point ${this.idOf(slot)} is not JSON`, error)
    }
  }

  version(slot: number): number {
    return this.#slots.version(slot)
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
    return this.#sparse.get(name)!.column
  }

  graphFile(name: string): NeighborGraphPlace {
    const column = this.#files.columns.findIndex((layout) => layout.kind === 'dense' && layout.name === name)
    return { path: join(this.#folder, `graph-${column}`), isWritable: !this.#readOnly }
  }

  /**
   * Stores a batch; resolves when it is as durable as the storage was opened to be. What fails leaves the table as it was.
   * @throws StoreError `STORE_FULL`, `STORE_NOT_WRITABLE`, `STORE_IO`, `STORE_READ_ONLY`, `STORE_BROKEN`
   */
  async apply(changes: readonly Change[], operation = this.#lastOperation + 1): Promise<void> {
    if (this.#readOnly) throw new StoreError('STORE_READ_ONLY', 'The store was opened read-only; open it for writing.')
    if (this.#isApplying) throw new StoreError('STORE_BUSY', 'A batch is being stored; wait for it before the next.')
    this.#isApplying = true
    try {
      const { appends, change } = encodeChanges(changes, {
        columns: this.#files.columns,
        slotCount: this.#slots.count,
        lengths: this.#files.files.map((file) => file.length),
        slotOf: (id) => this.slotOf(id),
      })
      const commit = await this.#files.commit(appends, { ...change, operation })
      const firstSlot = this.#slots.count
      this.#slots.append(appends[SLOTS_FILE]!)
      for (let slot = firstSlot; slot < this.#slots.count; slot++) this.#index.add(slot)
      applyChange(this.#slots, commit, firstSlot)
      this.#lastOperation = Math.max(this.#lastOperation, operation)
      await this.#addSegments()
    } finally {
      this.#isApplying = false
    }
  }

  /** Waits until all that was written is on the device. */
  async sync(): Promise<void> {
    await this.#files.sync()
  }

  async close(): Promise<void> {
    await this.#files.close()
  }

  /** Writes the postings of the slots that have become enough for a segment. */
  async #addSegments(): Promise<void> {
    for (const { column, postingsFile } of this.#sparse.values()) {
      try {
        for (let segment = column.nextSegment(); segment; segment = column.nextSegment()) {
          const { firstSlot, endSlot, bytes } = segment
          const appends: Uint8Array[] = []
          appends[postingsFile] = bytes
          const offset = this.#files.files[postingsFile]!.length
          const segments = [{ file: postingsFile, firstSlot, endSlot }]
          await this.#files.commit(appends, { slots: this.#slots.count, segments })
          column.addSegment({ firstSlot, endSlot, offset, length: bytes.length })
        }
      } catch {
        // the batch is stored, so it must not be called failed; queries invert slots without a segment, and the next batch tries again
      }
    }
  }
}

function loadSlots(files: TableFiles, commits: readonly Commit[]): SlotTable {
  const file = files.files[SLOTS_FILE]!
  const slots = new SlotTable(files.columns.length)
  const expected = (commits.at(-1)?.slots ?? 0) * slots.recordBytes
  if (file.length !== expected) throw corruptError(`${file.path} should have ${expected} bytes; it has ${file.length}`)
  slots.load(file)
  verifyRecords(slots, commits, file.path)
  let firstSlot = 0
  for (const commit of commits) {
    applyChange(slots, commit, firstSlot)
    firstSlot = commit.slots
  }
  return slots
}

/** A wrong id or place would change answers in silence, and the records are in memory anyway. */
function verifyRecords(slots: SlotTable, commits: readonly Commit[], path: string): void {
  let start = 0
  for (const [i, { slots: end, checksums }] of commits.entries()) {
    if (end > start && slots.checksum(start, end) !== checksums[SLOTS_FILE]) {
      const bytes = `bytes ${start * slots.recordBytes} to ${end * slots.recordBytes}`
      throw corruptError(`${path}: ${bytes} (batch ${i + 1}) do not match their checksum`)
    }
    start = end
  }
}

/** What a commit says of its own slots, from `firstSlot` on, and changes of earlier ones. */
function applyChange(slots: SlotTable, commit: Commit, firstSlot: number): void {
  const { operation = 0, versions = [[commit.slots - firstSlot, operation]] } = commit
  let first = firstSlot
  for (const [count, version] of versions) {
    slots.setVersion(first, first + count, version)
    first += count
  }
  for (const slot of commit.deleted ?? []) slots.setState(slot, 'deleted')
  for (const slot of commit.replaced ?? []) slots.setState(slot, 'replaced')
  for (const [slot, offset, length] of commit.payloads ?? []) {
    slots.setPayload(slot, offset, length)
    slots.setVersion(slot, slot + 1, operation)
  }
}

/** The segments of each file of postings, in the order of their slots. */
function segmentPlaces(commits: readonly Commit[]): Map<number, SegmentPlace[]> {
  const places = new Map<number, SegmentPlace[]>()
  let ends: readonly number[] = []
  for (const commit of commits) {
    for (const { file, firstSlot, endSlot } of commit.segments ?? []) {
      const offset = ends[file] ?? 0
      const place = { firstSlot, endSlot, offset, length: commit.ends[file]! - offset }
      places.set(file, [...(places.get(file) ?? []), place])
    }
    ends = commit.ends
  }
  return places
}
