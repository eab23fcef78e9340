import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { StoreError } from '../../../src/errors.js'
import { openLocalStorage } from '../../../src/stores/local/local-storage.js'
import { verifyStore } from '../../../src/stores/local/verify-store.js'
import type { CollectionConfig } from '../../../src/stores/store.js'
import { MemoryPointTable } from '../../../src/stores/table/memory-point-table.js'
import type { Change, PointTable } from '../../../src/stores/table/point-table.js'
import { tableSchema } from '../../../src/stores/table-schema.js'

/** As small as a store with every kind of file can be: each of its bytes is damaged in turn. */
const CONFIG = {
  vectors: {
    dense: { size: 2, distance: 'Dot' },
    late: { size: 2, distance: 'Dot', multivector_config: { comparator: 'max_sim' }, datatype: 'float16' },
  },
  sparse_vectors: { words: { modifier: 'idf' } },
} as CollectionConfig

const VECTORS = {
  dense: Float32Array.of(0.5, -2),
  late: { rows: 2, dimension: 2, values: Float32Array.of(1, 0.25, -1, 4) },
  words: { indices: Uint32Array.of(3, 70000), values: Float64Array.of(1.5, -0.5) },
}
const UUID = '00000000-0000-4000-8000-00000000000a'

const BATCHES: readonly (readonly Change[])[] = [
  [
    { op: 'put', id: 1, vectors: VECTORS, payload: { a: 1 } },
    { op: 'put', id: UUID, vectors: { dense: VECTORS.dense }, payload: {} },
  ],
  [
    { op: 'put', id: 1, vectors: {}, payload: { a: 'again' } },
    { op: 'put', id: 2, vectors: VECTORS, payload: {} },
  ],
  [
    { op: 'payload', id: 2, payload: { a: [null, 'ä'] } },
    { op: 'delete', id: UUID },
  ],
]

/** Files whose checksums are compared when a collection is opened; of the others, when the store is verified. */
const CHECKED_AT_OPENING = ['journal', 'slots', 'store.json']

const REFUSED = 'refused'

let store: string
let files: readonly string[]
let states: readonly string[]

beforeAll(async () => {
  store = mkdtempSync(join(tmpdir(), 'offgrid-bytes-'))
  const storage = await openLocalStorage({ path: store, durability: 'process' })
  const table = await storage.createCollection('points', { config: CONFIG, indexes: { a: 'keyword' } })
  await storage.setAliases(new Map([['other', 'points']]))
  const model = new MemoryPointTable(tableSchema(CONFIG))
  const seen = [contentsOf(model)]
  for (const batch of BATCHES) {
    await Promise.all([table.apply(batch), model.apply(batch)])
    seen.push(contentsOf(model))
  }
  states = seen
  await storage.close()
  const folder = join('collections', '000001')
  files = ['store.json', ...readdirSync(join(store, folder)).map((name) => join(folder, name))]
})

afterAll(() => {
  rmSync(store, { recursive: true, force: true })
})

function contentsOf(table: PointTable): string {
  const points: unknown[] = []
  for (let slot = 0; slot < table.slotCount; slot++) {
    if (table.state(slot) !== 'live') continue
    const id = table.idOf(slot)
    const [dense, late, words] = [table.dense('dense'), table.multivector('late'), table.sparse('words')]
    points.push([id, table.slotOf(id) === slot, table.payload(slot)])
    points.push([dense.vector(slot) ?? null, late.vector(slot) ?? null, words.vector(slot) ?? null])
  }
  return JSON.stringify([table.liveCount, points])
}

/** What a reader finds: the contents, or that it is refused; any other failure fails the test. */
async function read(): Promise<string> {
  try {
    const storage = await openLocalStorage({ path: store, readOnly: true })
    try {
      const contents = contentsOf(await storage.openTable('points'))
      expect([...storage.aliases()]).toEqual([['other', 'points']])
      expect(storage.collections().get('points')).toEqual({ config: CONFIG, indexes: { a: 'keyword' } })
      return contents
    } finally {
      await storage.close()
    }
  } catch (error) {
    if (error instanceof StoreError) return REFUSED
    throw error
  }
}

/** Writes each of the damaged forms in the place of a file, and puts it back afterwards. */
async function damage(
  name: string,
  forms: (bytes: Buffer) => Iterable<Buffer>,
  check: () => Promise<void>,
): Promise<void> {
  const path = join(store, name)
  const bytes = readFileSync(path)
  try {
    for (const form of forms(bytes)) {
      writeFileSync(path, form)
      await check()
    }
  } finally {
    writeFileSync(path, bytes)
  }
}

function* cutForms(bytes: Buffer): Iterable<Buffer> {
  for (let length = 0; length < bytes.length; length++) yield bytes.subarray(0, length)
}

function* changedForms(bytes: Buffer): Iterable<Buffer> {
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes)
    changed[at]! ^= 0x10
    yield changed
  }
}

const baseOf = (name: string) => name.split(/[\\/]/).at(-1)!

describe('a small store', () => {
  test('that is whole is read back as it was written', async () => {
    expect(await read()).toBe(states.at(-1))
    expect(files.map(baseOf).sort()).toEqual(
      ['dense-0', 'journal', 'multivector-1', 'payloads', 'postings-2', 'slots', 'sparse-2', 'store.json'].sort(),
    )
  })

  test('one of whose files is cut short at any byte is refused, or holds the batches before the cut', async () => {
    for (const name of files) {
      // the newline at the end of the catalog says nothing
      const allowed = { journal: states, 'store.json': [states.at(-1)] }[baseOf(name)] ?? []
      await damage(name, cutForms, async () => {
        const found = await read()
        if (found !== REFUSED) expect(allowed, name).toContain(found)
      })
    }
  })

  test('with any byte changed is refused or the same; a byte of a payload or vector is found by verifying', async () => {
    for (const name of files) {
      const isChecked = CHECKED_AT_OPENING.includes(baseOf(name))
      await damage(name, changedForms, async () => {
        const found = await read()
        if (isChecked && found !== REFUSED) expect(found, name).toBe(states.at(-1))
        if (!isChecked) expect((await verifyStore(store)).isIntact, name).toBe(false)
      })
    }
  })

  test('goes on after any cut of its journal: what is written next counts, and the store is intact', async () => {
    const batch: Change[] = [{ op: 'put', id: 9, vectors: VECTORS, payload: {} }]
    const copies = new Map(files.map((name) => [name, readFileSync(join(store, name))]))
    const journal = files.find((name) => baseOf(name) === 'journal')!
    const head = copies.get(journal)!.indexOf('\n') + 1
    for (let length = head; length < copies.get(journal)!.length; length += 23) {
      writeFileSync(join(store, journal), copies.get(journal)!.subarray(0, length))
      const storage = await openLocalStorage({ path: store, durability: 'process' })
      const table = await storage.openTable('points')
      expect(states).toContain(contentsOf(table))
      await table.apply(batch)
      const after = contentsOf(table)
      await storage.close()
      expect(await read()).toBe(after)
      expect((await verifyStore(store)).isIntact).toBe(true)
      for (const [name, bytes] of copies) writeFileSync(join(store, name), bytes)
    }
  })
})
