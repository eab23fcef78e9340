import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ParquetThread } from '../../../src/inputs/parquet/parquet-thread.js'
import { collectionSource } from '../../../src/pipeline/compare/collection-source.js'
import { compareSources } from '../../../src/pipeline/compare/compare-sources.js'
import { fileSource } from '../../../src/pipeline/compare/file-source.js'
import { exportPoints } from '../../../src/pipeline/points-files/export-points.js'
import { openPointsWriter } from '../../../src/pipeline/points-files/points-writer.js'
import { LocalClient } from '../../../src/stores/local-client/local-client.js'
import { MemoryStore } from '../../../src/stores/memory.js'
import { openQdrantStore } from '../../../src/stores/qdrant/qdrant-store.js'
import type { Point } from '../../../src/stores/store.js'
import { QdrantTestServer } from '../../server/qdrant-test-server.js'

const POINTS = 50
const CONFIG = {
  vectors: {
    dense: { size: 3, distance: 'Cosine' },
    rows: { size: 2, distance: 'Dot', multivector_config: { comparator: 'max_sim' } },
  },
  sparse_vectors: { words: { modifier: 'idf' } },
} as never
const COMPARED = { both: POINTS, onlyA: 0, onlyB: 0 }

/** Integer ids and UUIDs, of which the second are held in another order than they are made. */
function points(): Point[] {
  return Array.from({ length: POINTS }, (_, i) => ({
    id: i % 2 === 0 ? i : `0000000${i % 10}-0000-4000-8000-${String(1e11 - i)}0`,
    vectors: {
      dense: Float32Array.of(Math.sin(i), Math.cos(i), i / POINTS),
      rows: { rows: 2, dimension: 2, values: Float32Array.of(i, 1, 0.1, i / 3) },
      words: { indices: Uint32Array.of(i, i + 7), values: Float64Array.of(0.5, i / 9) },
    },
    payload: {},
  }))
}

let folder: string
let server: QdrantTestServer
const store = new MemoryStore()

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'offgrid-collection-source-'))
  await store.createCollection('docs', CONFIG)
  await store.upsert('docs', points())
  server = await QdrantTestServer.start({ client: await LocalClient.memory() })
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('a collection', () => {
  test.each(['parquet', 'jsonl'])('is the same as its export to .%s, every vector of every kind', async (ending) => {
    const file = join(folder, `out.${ending}`)
    const exported = await exportPoints({ store, collection: 'docs' })
    const writer = await openPointsWriter(file, exported.recipe)
    for await (const page of exported.points) await writer.write(page)
    await writer.close()
    const thread = new ParquetThread(30_000)
    try {
      const compared = await compareSources(
        await fileSource(file, thread),
        await collectionSource({ store, collection: 'docs' }),
      )
      expect(compared).toMatchObject({ points: COMPARED, damaged: { a: 0, b: 0 } })
      expect(compared.vectors.map(({ name, kind, sameBits }) => [name, kind, sameBits])).toEqual([
        ['dense', 'dense', POINTS],
        ['rows', 'multivector', POINTS],
        ['words', 'sparse', POINTS],
      ])
    } finally {
      await thread.close()
    }
  })

  test('is the same on a server, until one of its points is another', async () => {
    await using remote = await openQdrantStore({ url: server.url })
    await remote.createCollection('docs', CONFIG)
    await remote.upsert('docs', points())
    const compare = async () =>
      compareSources(
        await collectionSource({ store, collection: 'docs' }),
        await collectionSource({ store: remote, collection: 'docs' }),
      )
    const same = await compare()
    expect(same.points).toEqual(COMPARED)
    expect(same.vectors.map(({ sameBits }) => sameBits)).toEqual([POINTS, POINTS, POINTS])
    // nobody wrote down how these vectors were made
    expect(same.recipe).toBeNull()
    const { id, vectors } = points()[4]!
    await remote.upsert('docs', [{ id, vectors: { ...vectors, dense: [1, 0, 0] }, payload: {} }])
    await remote.delete('docs', [6])
    const other = await compare()
    expect(other.points).toEqual({ both: POINTS - 1, onlyA: 1, onlyB: 0 })
    expect(other.vectors[0]).toMatchObject({ points: POINTS - 1, sameBits: POINTS - 2, cosine: { worst: 4 } })
    expect(other.vectors[0]!.firstTen!.changed).toBeGreaterThan(0)
  })

  test('that is not there is told by its name', async () => {
    await expect(collectionSource({ store, collection: 'none' })).rejects.toMatchObject({
      code: 'COLLECTION_MISSING',
      message: expect.stringContaining('"none"'),
    })
  })
})
