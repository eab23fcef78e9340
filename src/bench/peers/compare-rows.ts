import { join } from 'node:path'
import type { Row } from '../row.js'
import { compareDense, compareSparseVectors, readFloats, readSparse, type VectorComparison } from './compare-vectors.js'
import { type PeerRow, standsBeside } from './peer.js'

const DENSE_DIMENSION = 384
const LATE_DIMENSION = 128

/** How a peer's dense vectors compare with those of our fp32 row. */
export async function comparePeer({ name, task }: PeerRow, folder: string): Promise<Record<string, VectorComparison>> {
  if (task !== 'dense') return {}
  const [theirs, ours] = await Promise.all(
    [name, 'dense-fp32'].map((row) => readFloats(join(folder, `${row}.dense.f32`))),
  )
  const found = theirs && ours && compareDense(theirs, ours, DENSE_DIMENSION)
  return found ? { 'dense-fp32': found } : {}
}

/** Compares a row's vectors with those of our fp32 rows and of the peers; vectors lie in `folder` by the names of the rows. */
export async function compareRow(
  row: Row,
  peers: readonly PeerRow[],
  folder: string,
): Promise<Record<string, VectorComparison>> {
  if (row.task.kind !== 'encode') return {}
  const { dense, late } = row.task.spec
  const fileOf = (name: string, ending: string) => join(folder, `${name}.${ending}`)
  const found: Record<string, VectorComparison> = {}
  const put = (name: string, comparison: VectorComparison | null) => {
    if (comparison !== null) found[name] = comparison
  }
  const compareFloats = async (name: string, ending: string, dimension: number) => {
    const [ours, other] = [await readFloats(fileOf(row.name, ending)), await readFloats(fileOf(name, ending))]
    if (ours !== null && other !== null) put(name, compareDense(ours, other, dimension))
  }
  if (dense !== undefined && row.name !== 'dense-fp32') await compareFloats('dense-fp32', 'dense.f32', DENSE_DIMENSION)
  if (late !== undefined && row.name !== 'late-fp32') await compareFloats('late-fp32', 'late.f32', LATE_DIMENSION)
  for (const peer of peers.filter(({ task }) => standsBeside(task, row.name))) {
    if (peer.task === 'dense') await compareFloats(peer.name, 'dense.f32', DENSE_DIMENSION)
    if (peer.task === 'bm25') {
      const [ours, other] = [
        await readSparse(fileOf(row.name, 'sparse.jsonl')),
        await readSparse(fileOf(peer.name, 'sparse.jsonl')),
      ]
      if (ours !== null && other !== null) put(peer.name, compareSparseVectors(ours, other))
    }
  }
  return found
}
