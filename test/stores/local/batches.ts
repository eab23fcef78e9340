import { randomNumbers } from '../../../src/scoring/random-numbers.js'
import type { CollectionConfig } from '../../../src/stores/store.js'
import type { Change, PointTable } from '../../../src/stores/table/point-table.js'
import type { Vector } from '../../../src/vectors.js'

/** A collection with a vector of each kind, float16 among them. */
export const CONFIG = {
  vectors: {
    dense: { size: 24, distance: 'Dot' },
    late: { size: 8, distance: 'Dot', multivector_config: { comparator: 'max_sim' }, datatype: 'float16' },
  },
  sparse_vectors: { words: { modifier: 'idf' } },
} as CollectionConfig

const POINTS = 40
const KNOWN_IDS = 400

/**
 * Batch `number` of an endless series: puts of new and of known points, then deletions and new payloads.
 * The same for the same number, and independent of what is stored.
 */
export function batchOf(number: number): Change[] {
  const random = randomNumbers(number + 1)
  const whole = (below: number) => Math.floor(random() * below)
  const changes: Change[] = []
  const ids = new Set<number>()
  while (ids.size < POINTS) ids.add(whole(KNOWN_IDS))
  for (const id of ids) {
    // multiples of 1/1024 below 1 are exact in float16, so that every vector comes back as it was
    const values = (length: number) => Float32Array.from({ length }, () => (whole(2048) - 1024) / 1024)
    const rows = 1 + whole(60)
    const vectors: Record<string, Vector> = {}
    if (random() < 0.9) vectors.dense = values(24)
    if (random() < 0.9) vectors.late = { rows, dimension: 8, values: values(rows * 8) }
    if (random() < 0.9) {
      const indices = Uint32Array.from(new Set(Array.from({ length: whole(12) }, () => whole(500)))).sort()
      vectors.words = { indices, values: Float64Array.from(values(indices.length)) }
    }
    changes.push({ op: 'put', id: idOf(id), vectors, payload: { batch: number, text: 'x'.repeat(whole(200)) } })
  }
  for (const id of [...ids].slice(0, 5))
    changes.push({ op: 'payload', id: idOf(id), payload: { batch: number, set: true } })
  for (const id of [...ids].slice(3, 9)) changes.push({ op: 'delete', id: idOf(id) })
  return changes
}

/** Integers and UUIDs. */
function idOf(number: number): number | string {
  return number % 2 === 0 ? number : `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`
}

/** All live points of a table with their payloads and vectors, and the postings of every index, in plain JSON. */
export function contentsOf(table: PointTable): unknown {
  const points = new Map<string, unknown>()
  const live = new Map<number, string>()
  for (let slot = 0; slot < table.slotCount; slot++) {
    if (table.state(slot) !== 'live') continue
    const id = String(table.idOf(slot))
    live.set(slot, id)
    const late = table.multivector('late').vector(slot)
    const words = table.sparse('words').vector(slot)
    points.set(id, {
      isNewest: table.slotOf(table.idOf(slot)) === slot,
      payload: table.payload(slot),
      dense: plain(table.dense('dense').vector(slot)),
      late: late && { rows: late.rows, values: plain(late.values) },
      words: words && { indices: plain(words.indices), values: plain(words.values) },
    })
  }
  const blocks = new Map<string, unknown>()
  for (const { firstSlot, count, values } of table.dense('dense').blocks(0)) {
    for (let slot = firstSlot; slot < firstSlot + count; slot++) {
      const id = live.get(slot)
      if (id === undefined || !table.dense('dense').has(slot)) continue
      blocks.set(id, plain(values.subarray((slot - firstSlot) * 24, (slot - firstSlot + 1) * 24)))
    }
  }
  const postings: unknown[] = []
  for (let index = 0; index < 500; index++) {
    const list = table.sparse('words').postings(index)
    const entries: unknown[] = []
    for (const [i, slot] of (list?.slots ?? []).entries())
      if (live.has(slot)) entries.push([live.get(slot), list!.values[i]])
    postings.push(entries)
  }
  return { live: table.liveCount, points: sorted(points), blocks: sorted(blocks), postings }
}

function plain(values: ArrayLike<number> | undefined): number[] | undefined {
  return values && Array.from(values)
}

function sorted(map: Map<string, unknown>): unknown[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1))
}
