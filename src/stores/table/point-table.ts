import type { Payload, PointId } from '../../document.js'
import type { Multivector, SparseVector, Vector } from '../../vectors.js'

/**
 * The payload of a point that was stored without one. It reads as an empty one; what sets a payload tells them apart, as the server does.
 */
export const NO_PAYLOAD: Payload = Object.freeze({})

/**
 * The stored points of one collection: what the query engine reads and the only thing that it writes through.
 * A slot is one stored version of a point. Storing a point again takes a new slot; a slot's vectors never change,
 * and slots are not numbered anew while the table is open.
 * Reads are synchronous and see the last applied changes. Two implementations: in memory, and on disk.
 */
export interface PointTable {
  /** Slots are 0 … slotCount − 1. */
  readonly slotCount: number
  readonly liveCount: number
  state(slot: number): SlotState
  idOf(slot: number): PointId
  /** The live slot of a point. */
  slotOf(id: PointId): number | undefined
  /** {@link NO_PAYLOAD} itself where there is none. Nobody changes it. */
  payload(slot: number): Payload
  /** Number of the operation that last stored the point or changed its payload; 0 where it was stored without one. */
  version(slot: number): number
  /** The highest number of an operation that was applied, −1 where there was none. */
  readonly lastOperation: number
  /** @param name a vector of the collection's config, else undefined behaviour */
  dense(name: string): DenseColumn
  multivector(name: string): MultivectorColumn
  sparse(name: string): SparseColumn
  /** Where a graph of the dense vectors of a name may be kept beside the table, or null: it goes when the table goes. */
  graphFile(name: string): NeighborGraphPlace | null
  /**
   * All or nothing, in order, and maybe nothing but the number of the operation; resolves when it is as durable as the table can make it. One call at a time. The vectors and
   * payloads are the table's from then on: nobody changes them.
   * Several changes of one id may come in one call: a put after a put leaves the first slot `replaced`,
   * a put after a delete leaves the earlier slot `deleted`.
   * @param operation the version that the points have from then on. @default one more than the last
   */
  apply(changes: readonly Change[], operation?: number): Promise<void>
}

/**
 * `live`: found by queries. `deleted`: deleted by id or filter, still counted in the IDF statistics until compaction (as Qdrant does).
 * `replaced`: superseded by another slot of the same id, or never committed; counted nowhere.
 */
export type SlotState = 'live' | 'deleted' | 'replaced'

export type Change =
  | {
      readonly op: 'put'
      readonly id: PointId
      readonly vectors: Readonly<Record<string, Vector>>
      readonly payload: Payload
      /** Of a copied point, which keeps it. @default the operation */
      readonly version?: number
    }
  /** Replaces the payload and keeps the slot. The point exists. */
  | { readonly op: 'payload'; readonly id: PointId; readonly payload: Payload }
  | { readonly op: 'delete'; readonly id: PointId }

export interface NeighborGraphPlace {
  /** A file's path; files whose names start with its name and a hyphen are free, too. */
  readonly path: string
  readonly isWritable: boolean
}

/** Dense vectors by slot, as they are compared (cosine vectors are normalized before they get here). */
export interface DenseColumn {
  readonly dimension: number
  has(slot: number): boolean
  /** float32 [dimension]; a view that is valid until the next change. */
  vector(slot: number): Float32Array | undefined
  /**
   * All slots from one on in contiguous runs: `values` is float32 [count, dimension] for slots from `firstSlot` on,
   * valid until the next run. Rows of slots without the vector hold anything: check before use.
   */
  blocks(
    fromSlot: number,
  ): Iterable<{ readonly firstSlot: number; readonly count: number; readonly values: Float32Array }>
}

export interface MultivectorColumn {
  readonly dimension: number
  has(slot: number): boolean
  vector(slot: number): Multivector | undefined
  /** Likewise, valid until the next call. */
  view(slot: number): Multivector | undefined
}

export interface SparseColumn {
  has(slot: number): boolean
  /** Whether the slot's vector, which is there, holds nothing. */
  isEmpty(slot: number): boolean
  vector(slot: number): SparseVector | undefined
  /** Slots that hold the index, ascending, with their values (float32 precision); slots of every state are in it. */
  postings(index: number): { readonly slots: Uint32Array; readonly values: Float32Array } | undefined
}
