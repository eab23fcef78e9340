import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { checkedLine } from '../../../src/files/checked-lines.js'
import { NeighborGraphFile } from '../../../src/stores/engine/collection/neighbor-graph-file.js'
import { compactStore } from '../../../src/stores/local/compact-store.js'
import { describeStore } from '../../../src/stores/local/describe-store.js'
import { openLocalStorage } from '../../../src/stores/local/local-storage.js'
import { verifyStore } from '../../../src/stores/local/verify-store.js'
import type { NeighborGraphPlace, PointTable } from '../../../src/stores/table/point-table.js'
import { batchOf, CONFIG } from './batches.js'

let folder: string
let path: string
let victim: string

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'offgrid-foreign-'))
  path = join(folder, 'deep', 'store')
  victim = join(folder, 'deep', 'victim')
  const storage = await openLocalStorage({ path, durability: 'process' })
  for (const name of ['a', 'b']) {
    const table = await storage.createCollection(name, { config: CONFIG, indexes: {} })
    await table.apply(batchOf(0))
  }
  await storage.close()
  mkdirSync(victim)
  for (const name of ['precious', '000001', 'journal']) writeFileSync(join(victim, name), 'mine')
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** Everything that can be done with a store; each opens it anew. */
const USES: readonly (readonly [string, () => Promise<unknown>])[] = [
  ['reading', async () => (await openLocalStorage({ path, readOnly: true })).openTable('a')],
  ['writing', async () => openLocalStorage({ path, durability: 'process' })],
  ['describing', async () => describeStore(path)],
  ['verifying', async () => verifyStore(path)],
  ['compacting', async () => compactStore(path)],
]

/** Writes store.json as somebody would who knows the format: without a checksum, or with the right one. */
function tamper(
  change: (catalog: { collections: Record<string, unknown>; aliases: Record<string, unknown> }) => void,
  isSigned: boolean,
) {
  const file = join(path, 'store.json')
  const { checksum: _, ...content } = JSON.parse(readFileSync(file, 'utf8'))
  change(content)
  const { collections, aliases } = content
  const checksum = crc32(JSON.stringify({ collections, aliases }))
  writeFileSync(file, JSON.stringify(isSigned ? { ...content, checksum } : content))
}

function setFolder(name: unknown, isSigned = false): void {
  tamper(({ collections }) => Object.assign(collections.a as object, { folder: name }), isSigned)
}

function contentsOf(of: string): unknown {
  return readdirSync(of, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((file) => [file, readFileSync(file, 'hex')])
}

const corrupt = { name: 'StoreError', code: 'STORE_CORRUPT' }

async function expectRefused(): Promise<void> {
  const before = [contentsOf(victim), contentsOf(join(path, 'collections'))]
  for (const [, use] of USES) {
    // what cannot be read is not dropped by --restart either: nothing says whose it is
    const message = expect.stringMatching(/store\.json.*--restart does not/)
    await expect(use()).rejects.toMatchObject({ ...corrupt, message })
  }
  expect([contentsOf(victim), contentsOf(join(path, 'collections'))]).toEqual(before)
}

describe('a store.json that names a place of its own choice', () => {
  test.each([
    ['above the store', '../../victim'],
    ['above it, by way of a number', '000001/../../../victim'],
    ['from the root on', '/tmp'],
    ['the collections themselves', '.'],
    ['the store', '..'],
    ['nothing', ''],
    ['a folder that no store makes', 'mine'],
    ['a number with a slash', '000001/'],
    ['a number and a line end', '000001\n'],
    ['a zero byte', '000001\0'],
    ['Windows’ way up', '..\\..\\victim'],
    ['no text', 1],
    ['a list', ['000001']],
    ['null', null],
  ])('is refused by every use, and nothing is deleted: %s', async (_, name) => {
    setFolder(name)
    await expectRefused()
    setFolder(name, true)
    await expectRefused()
  })

  test('is refused whatever the name, unless it is one that a store gives', async () => {
    const name = fc.oneof(fc.string({ unit: fc.constantFrom('.', '/', '0', '1', '\\', 'a', ' ') }), fc.anything())
    await fc.assert(
      fc.asyncProperty(name, async (value) => {
        fc.pre(!(typeof value === 'string' && /^\d+$/.test(value)) && JSON.stringify(value) !== undefined)
        setFolder(JSON.parse(JSON.stringify(value)))
        await expect(openLocalStorage({ path, readOnly: true })).rejects.toMatchObject(corrupt)
      }),
      { numRuns: 100 },
    )
    expect(existsSync(join(victim, 'precious'))).toBe(true)
  })

  test('is refused where two collections have one folder: dropping one would take the other', async () => {
    setFolder('000002', true)
    await expectRefused()
  })

  test.each([
    ['collections that are a list', { collections: [] }],
    ['a collection that is a text', { collections: { a: 'x' } }],
    ['a collection without settings', { collections: { a: { folder: '000001' } } }],
    ['a collection without a config', { collections: { a: { folder: '000001', settings: {} } } }],
    ['an alias of no collection', { aliases: { x: 'nothing' } }],
    ['an alias of what every object has', { aliases: { x: 'constructor' } }],
    ['aliases that are a text', { aliases: 'x' }],
  ])('and so is one with %s', async (_, change) => {
    tamper((catalog) => Object.assign(catalog, change), true)
    await expectRefused()
  })
})

describe('a journal that names files of its own choice', () => {
  test.each([
    ['a kind that is a path', { kind: '../../../victim/000001', name: 'dense' }],
    ['a kind that there is not', { kind: 'graph', name: 'dense', dimension: 1, element: 'float32' }],
    ['no dimension', { kind: 'dense', name: 'dense', element: 'float32' }],
    ['half a dimension', { kind: 'dense', name: 'dense', dimension: 0.5, element: 'float32' }],
    ['an element that there is not', { kind: 'dense', name: 'dense', dimension: 2, element: 'float64' }],
    ['a name that is none', { kind: 'sparse', name: 1 }],
    ['nothing', null],
  ])('opens none of them: %s', async (_, column) => {
    const journal = join(path, 'collections', '000001', 'journal')
    writeFileSync(journal, checkedLine({ columns: [column] }))
    const before = contentsOf(victim)
    for (const readOnly of [true, false]) {
      const storage = await openLocalStorage({ path, readOnly })
      await expect(storage.openTable('a')).rejects.toMatchObject({
        ...corrupt,
        message: expect.stringContaining(journal),
      })
      await storage.close()
    }
    expect(await verifyStore(path)).toMatchObject({ isIntact: false })
    expect(contentsOf(victim)).toEqual(before)
  })

  test.each([
    ['fewer files', { slots: 0, ends: [0], checksums: [0] }],
    ['a place before the start', { slots: 0, ends: [-1, 0], checksums: [0, 0] }],
    ['no place', { slots: 0, ends: ['0', null], checksums: [0, 0] }],
    ['a text', 'x'],
  ])('is refused with a batch of %s', async (_, commit) => {
    const journal = join(path, 'collections', '000001', 'journal')
    const lines = [checkedLine({ columns: [] }), checkedLine(commit as never)]
    writeFileSync(journal, lines.join(''))
    const storage = await openLocalStorage({ path, readOnly: true })
    await expect(storage.openTable('a')).rejects.toMatchObject(corrupt)
  })
})

test('a table that is a link to another place is left there when its collection is dropped', async () => {
  const table = join(path, 'collections', '000001')
  const elsewhere = join(folder, 'elsewhere')
  rmSync(elsewhere, { recursive: true, force: true })
  mkdirSync(elsewhere)
  for (const name of readdirSync(table)) writeFileSync(join(elsewhere, name), readFileSync(join(table, name)))
  rmSync(table, { recursive: true })
  symlinkSync(elsewhere, table)
  const before = contentsOf(elsewhere)
  const storage = await openLocalStorage({ path, durability: 'process' })
  await storage.deleteCollection('a')
  await storage.close()
  expect(existsSync(table)).toBe(false)
  expect(contentsOf(elsewhere)).toEqual(before)
})

test('a saved index that names another file is passed over, and that file is not read', async () => {
  const place: NeighborGraphPlace = { path: join(path, 'collections', '000001', 'graph-0'), isWritable: true }
  const table = { slotCount: 5, idOf: () => 7 } as unknown as PointTable
  const settings = { m: 16, efConstruct: 100 } as never
  const read: string[] = []
  const index = { view: (file: string) => read.push(file), load: (file: string) => read.push(file) } as never
  const { length: sizeBytes } = readFileSync(join(victim, 'precious'))
  const file = new NeighborGraphFile(place, settings, table)
  for (const name of ['../../../victim/precious', join(victim, 'precious'), 'payloads', 'graph-1-5', null]) {
    writeFileSync(place.path, JSON.stringify({ file: name, sizeBytes, slots: 5, lastId: 7, settings }))
    expect(await file.open(index)).toBe(0)
    expect(await file.load(index)).toBe(0)
  }
  for (const slots of [0, -1, 1.5, '5', null]) {
    writeFileSync(place.path, JSON.stringify({ file: `graph-0-${slots}`, sizeBytes, slots, lastId: 7, settings }))
    expect(await file.open(index)).toBe(0)
  }
  expect(read).toEqual([])
})
