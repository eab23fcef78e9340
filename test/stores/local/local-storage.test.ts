import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { randomNumbers } from '../../../src/scoring/random-numbers.js'
import { SEGMENT_SLOTS } from '../../../src/stores/local/columns/sparse-file-column.js'
import { compactStore } from '../../../src/stores/local/compact-store.js'
import type { FileStorage } from '../../../src/stores/local/file-storage.js'
import { openLocalStorage } from '../../../src/stores/local/local-storage.js'
import type { CollectionConfig } from '../../../src/stores/store.js'
import { MemoryPointTable } from '../../../src/stores/table/memory-point-table.js'
import type { Change, PointTable } from '../../../src/stores/table/point-table.js'
import { tableSchema } from '../../../src/stores/table-schema.js'
import { batchOf, CONFIG, contentsOf } from './batches.js'

const SETTINGS = { config: CONFIG, indexes: {} }

let path: string
let storage: FileStorage

beforeEach(async () => {
  path = mkdtempSync(join(tmpdir(), 'offgrid-local-'))
  storage = await openLocalStorage({ path })
})

afterEach(async () => {
  await storage.close()
  rmSync(path, { recursive: true, force: true })
})

async function reopen(): Promise<PointTable> {
  await storage.close()
  storage = await openLocalStorage({ path })
  return storage.openTable('points')
}

function statesOf(table: PointTable): string[] {
  return Array.from({ length: table.slotCount }, (_, slot) => table.state(slot))
}

function put(id: number | string, payload = {}): Change {
  return { op: 'put', id, vectors: {}, payload }
}

describe('a point table on disk', () => {
  test('holds after each of 40 random batches what a table in memory holds, reopened or not', async () => {
    const model = new MemoryPointTable(tableSchema(CONFIG))
    let table = await storage.createCollection('points', SETTINGS)
    for (let number = 0; number < 40; number++) {
      await Promise.all([model.apply(batchOf(number)), table.apply(batchOf(number))])
      if (number % 3 === 0) table = await reopen()
      if (number % 4 !== 0) continue
      expect(contentsOf(table)).toEqual(contentsOf(model))
      expect(statesOf(table)).toEqual(statesOf(model))
    }
  })

  test('finds the same postings in segments on disk and in the newest slots as in memory', async () => {
    const config = { sparse_vectors: { words: {} } } as CollectionConfig
    const model = new MemoryPointTable(tableSchema(config))
    let table = await storage.createCollection('points', { config, indexes: {} })
    const random = randomNumbers(3)
    const postings = (of: PointTable) =>
      Array.from({ length: 302 }, (_, index) => {
        const list = of.sparse('words').postings(index)
        return list && { slots: [...list.slots], values: [...list.values] }
      })
    for (let first = 0; first < 2 * SEGMENT_SLOTS + 500; first += 1000) {
      const batch = Array.from({ length: 1000 }, (_, i): Change => {
        const indices = Uint32Array.from(
          new Set(Array.from({ length: 6 }, () => Math.floor(300 * random() ** 2))),
        ).sort()
        const words = { indices, values: Float64Array.from(indices, () => Math.fround(random())) }
        return { op: 'put', id: first + i, vectors: i % 7 === 0 ? {} : { words }, payload: {} }
      })
      await Promise.all([model.apply(batch), table.apply(batch)])
      if (first % 5000 === 0) expect(postings(table)).toEqual(postings(model))
    }
    expect(postings(table)).toEqual(postings(model))
    table = await reopen()
    expect(postings(table)).toEqual(postings(model))

    // a stop after the last batch and before its segment
    await storage.close()
    const journal = join(path, 'collections', '000001', 'journal')
    const lines = readFileSync(journal, 'utf8').split('\n').slice(0, -1)
    expect(lines.pop()).toContain('"segments"')
    writeFileSync(journal, `${lines.join('\n')}\n`)
    table = await reopen()
    expect(postings(table)).toEqual(postings(model))
    await table.apply([{ op: 'delete', id: 0 }])
    expect(readFileSync(journal, 'utf8').split('\n').at(-2)).toContain('"segments"')
    expect(postings(table)).toEqual(postings(model))
  })

  test('gives back integers up to 2^53 - 1 and UUIDs in lower case as ids', async () => {
    const table = await storage.createCollection('points', SETTINGS)
    const uuid = 'ABCDEF00-1234-5678-9ABC-DEF012345678'
    await table.apply([put(0), put(Number.MAX_SAFE_INTEGER), put(uuid)])
    expect([0, 1, 2].map((slot) => table.idOf(slot))).toEqual([0, Number.MAX_SAFE_INTEGER, uuid.toLowerCase()])
    expect(table.slotOf(uuid)).toBe(2)
    expect(table.slotOf(1)).toBeUndefined()
    await expect(table.apply([put('no uuid')])).rejects.toMatchObject({ code: 'INVALID_POINT_ID' })
    expect(table.slotCount).toBe(3)
  })

  test('refuses a batch with an unknown vector or a wrong dimension whole', async () => {
    const table = await storage.createCollection('points', SETTINGS)
    const bad = (vectors: Record<string, Float32Array>): Change[] => [
      put(1),
      { op: 'put', id: 2, vectors, payload: {} },
    ]
    await expect(table.apply(bad({ other: new Float32Array(24) }))).rejects.toMatchObject({ code: 'VECTOR_UNKNOWN' })
    await expect(table.apply(bad({ dense: new Float32Array(23) }))).rejects.toMatchObject({ code: 'VECTOR_DIMENSION' })
    expect(table.liveCount).toBe(0)
  })

  test('rounds a float16 multivector to half precision and leaves float32 vectors exact', async () => {
    const table = await storage.createCollection('points', SETTINGS)
    const dense = new Float32Array(24).fill(0.1)
    await table.apply([
      {
        op: 'put',
        id: 1,
        payload: {},
        vectors: { dense, late: { rows: 1, dimension: 8, values: new Float32Array(8).fill(0.1) } },
      },
    ])
    expect(table.dense('dense').vector(0)).toEqual(dense)
    expect(table.multivector('late').vector(0)!.values[0]).toBe(0.0999755859375)
  })

  test('stores a uint8 vector in a byte for each value and gives its values back', async () => {
    const config = {
      vectors: {
        dense: { size: 5, distance: 'Dot', datatype: 'uint8' },
        late: { size: 2, distance: 'Dot', datatype: 'uint8', multivector_config: { comparator: 'max_sim' } },
      },
    } as CollectionConfig
    const table = await storage.createCollection('bytes', { config, indexes: {} })
    const dense = Float32Array.of(0, 1, 127, 128, 255)
    const late = { rows: 2, dimension: 2, values: Float32Array.of(3, 2, 1, 0) }
    await table.apply([1, 2].map((id) => ({ op: 'put', id, payload: {}, vectors: { dense, late } })))
    expect(table.dense('dense').vector(1)).toEqual(dense)
    expect([...table.dense('dense').blocks(0)][0]!.values).toEqual(Float32Array.of(...dense, ...dense))
    expect(table.multivector('late').view(1)).toEqual(late)
    const sizes = ['dense-0', 'multivector-1'].map((name) => statSync(join(path, 'collections', '000001', name)).size)
    expect(sizes).toEqual([10, 8])
  })

  test('refuses a second batch before the first is stored', async () => {
    const table = await storage.createCollection('points', SETTINGS)
    const first = table.apply([put(1)])
    await expect(table.apply([put(2)])).rejects.toMatchObject({ code: 'STORE_BUSY' })
    await first
    expect(table.liveCount).toBe(1)
  })
})

describe('a storage on disk', () => {
  test('keeps collections, settings and aliases over reopening', async () => {
    await storage.createCollection('points', SETTINGS)
    await storage.createCollection('a name / with : signs', { config: {}, indexes: { field: 'keyword' } })
    await storage.createCollection('gone', SETTINGS)
    await storage.deleteCollection('gone')
    await storage.setAliases(new Map([['other', 'points']]))
    await reopen()
    expect([...storage.collections().keys()]).toEqual(['points', 'a name / with : signs'])
    expect(storage.collections().get('points')).toEqual(SETTINGS)
    expect(storage.collections().get('a name / with : signs')?.indexes).toEqual({ field: 'keyword' })
    expect([...storage.aliases()]).toEqual([['other', 'points']])
    expect(readdirSync(join(path, 'collections'))).toHaveLength(2)
  })

  test('keeps the table when settings change that no column depends on', async () => {
    const table = await storage.createCollection('points', SETTINGS)
    const config = { ...CONFIG, metadata: { a: 1 } } as CollectionConfig
    expect(await storage.updateCollection('points', { config, indexes: {} })).toBe(table)
    await reopen()
    expect(storage.collections().get('points')?.config).toEqual(config)
  })

  test('starts new columns empty and drops those that are gone, with points and their states kept', async () => {
    const table = await storage.createCollection('points', SETTINGS)
    await table.apply([
      {
        op: 'put',
        id: 1,
        payload: { a: 1 },
        vectors: {
          dense: new Float32Array(24).fill(0.3),
          words: { indices: Uint32Array.of(4), values: Float64Array.of(2) },
        },
      },
      { op: 'put', id: 2, payload: {}, vectors: {} },
      { op: 'delete', id: 2 },
    ])
    const config = {
      vectors: { ...CONFIG.vectors, dense: undefined, fresh: { size: 24, distance: 'Dot' } },
      sparse_vectors: { words: {} },
    }
    delete (config.vectors as Record<string, unknown>).dense
    await storage.updateCollection('points', { config, indexes: {} } as typeof SETTINGS)
    const without = await reopen()
    expect(without.payload(without.slotOf(1)!)).toEqual({ a: 1 })
    expect(without.sparse('words').vector(0)).toEqual({ indices: Uint32Array.of(4), values: Float64Array.of(2) })
    expect(without.dense('fresh').has(0)).toBe(false)
    expect(without.dense('dense')).toBeUndefined()
    expect(statesOf(without)).toEqual(['live', 'deleted'])
    const again = await storage.updateCollection('points', SETTINGS)
    expect(again.dense('dense').has(0)).toBe(false)
  })

  test('holds the same points in fewer slots and bytes after compaction', async () => {
    const table = await storage.createCollection('points', SETTINGS)
    for (let number = 0; number < 30; number++) await table.apply(batchOf(number))
    const before = contentsOf(table)
    const { slotCount } = table
    await storage.close()
    await compactStore(path)
    const compacted = await reopen()
    expect(contentsOf(compacted)).toEqual(before)
    expect(compacted.slotCount).toBe(compacted.liveCount)
    expect(compacted.slotCount).toBeLessThan(slotCount / 2)
    expect(readdirSync(join(path, 'collections'))).toEqual(['000002'])
  })

  test('reads a store without a lock and refuses to write it when opened read-only', async () => {
    const table = await storage.createCollection('points', SETTINGS)
    await table.apply(batchOf(0))
    const reader = await openLocalStorage({ path, readOnly: true })
    const seen = await reader.openTable('points')
    await table.apply(batchOf(1))
    await expect(seen.apply([put(1)])).rejects.toMatchObject({ code: 'STORE_READ_ONLY' })
    const model = new MemoryPointTable(tableSchema(CONFIG))
    await model.apply(batchOf(0))
    expect(contentsOf(seen)).toEqual(contentsOf(model))
    await reader.close()
  })

  test('reads a collection that was compacted after the store was opened read-only', async () => {
    const table = await storage.createCollection('points', SETTINGS)
    await table.apply(batchOf(0))
    const reader = await openLocalStorage({ path, readOnly: true })
    await storage.compactCollection('points')
    await storage.close()
    const model = new MemoryPointTable(tableSchema(CONFIG))
    await model.apply(batchOf(0))
    expect(contentsOf(await reader.openTable('points'))).toEqual(contentsOf(model))
    await reader.close()
  })

  test('refuses options that it does not know and values that it does not take', async () => {
    await expect(openLocalStorage({ path, sync: true } as never)).rejects.toMatchObject({ code: 'UNKNOWN_OPTION' })
    await expect(openLocalStorage({ path, durability: 'no' as never })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
    })
    await expect(openLocalStorage({ path: join(path, 'none'), readOnly: true })).rejects.toMatchObject({
      code: 'STORE_MISSING',
    })
    await expect(compactStore(join(path, 'none'))).rejects.toMatchObject({ code: 'STORE_MISSING' })
  })
})
