import type { Vector } from '../../vectors.js'
import type { Change } from '../table/point-table.js'
import type { LocalPointTable } from './local-point-table.js'
import { sharedColumns } from './table-layout.js'

/** A batch ends at this many slots or vector values, so that copying keeps little in memory. */
const BATCH_SLOTS = 256
const BATCH_VALUES = 4_000_000

/**
 * Copies the points of a table, with the vectors of the columns that both have, in the order of their slots.
 * Deleted points are copied as deleted, or left out.
 */
export async function copyPoints(
  from: LocalPointTable,
  to: LocalPointTable,
  states: 'live only' | 'with deleted',
): Promise<void> {
  const columns = sharedColumns(from.columns, to.columns)
  let batch: Change[] = []
  let values = 0
  for (let slot = 0; slot < from.slotCount; slot++) {
    const state = from.state(slot)
    if (state === 'replaced' || (state === 'deleted' && states === 'live only')) continue
    const vectors: Record<string, Vector> = {}
    for (const column of columns) {
      const vector = from[column.kind](column.name).vector(slot)
      if (vector === undefined) continue
      vectors[column.name] = vector
      values += sizeOf(vector)
    }
    const id = from.idOf(slot)
    batch.push({ op: 'put', id, vectors, payload: from.payload(slot), version: from.version(slot) })
    if (state === 'deleted') batch.push({ op: 'delete', id })
    if (batch.length < BATCH_SLOTS && values < BATCH_VALUES) continue
    await to.apply(batch, from.lastOperation)
    batch = []
    values = 0
  }
  // also without points, so that operations are counted on
  if (from.lastOperation >= 0) await to.apply(batch, from.lastOperation)
}

function sizeOf(vector: Vector): number {
  if (vector instanceof Float32Array) return vector.length
  return vector.values.length
}
