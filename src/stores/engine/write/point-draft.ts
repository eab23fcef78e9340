import type { Payload, PointId } from '../../../document.js'
import type { Vector } from '../../../vectors.js'
import { copyVector, isSparse } from '../../request/vector-input.js'
import type { Change } from '../../table/point-table.js'
import type { Collection } from '../collection/collection.js'
import { storedVector } from '../search/example-similarity.js'

type Vectors = Readonly<Record<string, Vector>>

/**
 * Changes to be applied together: later ones see the earlier ones; the table sees none before {@link changes} are applied to it.
 */
export class PointDraft {
  readonly #collection: Collection
  readonly #exists = new Map<PointId, boolean>()
  readonly #vectors = new Map<PointId, Vectors>()
  readonly #payloads = new Map<PointId, Payload>()
  readonly changes: Change[] = []

  constructor(collection: Collection) {
    this.#collection = collection
  }

  has(id: PointId): boolean {
    return this.#exists.get(id) ?? this.#collection.table.slotOf(id) !== undefined
  }

  /** The vectors of a point that exists. */
  vectorsOf(id: PointId): Vectors {
    const drafted = this.#vectors.get(id)
    if (drafted) return drafted
    const slot = this.#collection.table.slotOf(id)!
    const vectors: Record<string, Vector> = {}
    for (const name of this.#collection.spaces.keys()) {
      const vector = storedVector(this.#collection, slot, name)
      if (vector) vectors[name] = copyVector(vector)
    }
    return vectors
  }

  /** The payload of a point that exists. */
  payloadOf(id: PointId): Payload {
    return this.#payloads.get(id) ?? this.#collection.payload(this.#collection.table.slotOf(id)!)
  }

  put(id: PointId, vectors: Vectors, payload: Payload): void {
    this.#exists.set(id, true)
    this.#vectors.set(id, vectors)
    this.#payloads.set(id, payload)
    this.changes.push({ op: 'put', id, vectors, payload })
  }

  /** Replaces the payload of a point that exists. */
  setPayload(id: PointId, payload: Payload): void {
    this.#payloads.set(id, payload)
    this.changes.push({ op: 'payload', id, payload })
  }

  delete(id: PointId): void {
    if (!this.has(id)) return
    this.#exists.set(id, false)
    this.changes.push({ op: 'delete', id })
  }

  /**
   * Takes vectors away from a point that exists. Sparse ones stay in the IDF statistics until the table is compacted,
   * as those of a deleted point do: they are left behind in a slot that is stored and deleted at once.
   */
  dropVectors(id: PointId, names: readonly string[]): void {
    const vectors = Object.entries(this.vectorsOf(id))
    const dropped = vectors.filter(([name]) => names.includes(name))
    if (dropped.length === 0) return
    const payload = this.payloadOf(id)
    const sparse = dropped.filter(([, vector]) => isSparse(vector))
    if (sparse.length > 0) {
      this.changes.push({ op: 'put', id, vectors: Object.fromEntries(sparse), payload: {} }, { op: 'delete', id })
    }
    this.put(id, Object.fromEntries(vectors.filter(([name]) => !names.includes(name))), payload)
  }
}
