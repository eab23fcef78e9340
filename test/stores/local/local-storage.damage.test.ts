import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openLocalStorage } from '../../../src/stores/local/local-storage.js'
import { verifyStore } from '../../../src/stores/local/verify-store.js'
import { MemoryPointTable } from '../../../src/stores/table/memory-point-table.js'
import { tableSchema } from '../../../src/stores/table-schema.js'
import { batchOf, CONFIG, contentsOf } from './batches.js'

const BATCHES = 5
/** Files with bytes in them after a few batches; postings come later. */
const FILES = ['slots', 'payloads', 'dense-0', 'multivector-1', 'sparse-2']

let folder: string
let sound: string
let path: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'offgrid-damage-'))
  sound = join(folder, 'sound')
  const storage = await openLocalStorage({ path: sound })
  const table = await storage.createCollection('points', { config: CONFIG, indexes: {} })
  for (let number = 0; number < BATCHES; number++) await table.apply(batchOf(number))
  await storage.close()
})

beforeEach(() => {
  path = join(folder, 'copy')
  cpSync(sound, path, { recursive: true })
})

afterEach(() => {
  rmSync(path, { recursive: true, force: true })
})

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

const fileOf = (name: string) => join(path, 'collections', '000001', name)

async function openPoints(): Promise<unknown> {
  const storage = await openLocalStorage({ path })
  try {
    return contentsOf(await storage.openTable('points'))
  } finally {
    await storage.close()
  }
}

async function contentsAfter(batches: number): Promise<unknown> {
  const model = new MemoryPointTable(tableSchema(CONFIG))
  for (let number = 0; number < batches; number++) await model.apply(batchOf(number))
  return contentsOf(model)
}

function flip(file: string, at: number): void {
  const bytes = readFileSync(file)
  bytes[at]! ^= 0x10
  writeFileSync(file, bytes)
}

const corrupt = (text: string) => ({
  name: 'StoreError',
  code: 'STORE_CORRUPT',
  message: expect.stringContaining(text),
})

describe('a damaged store', () => {
  test('is found intact where it is', async () => {
    const report = await verifyStore(path)
    expect(report).toMatchObject({ isIntact: true, collections: [{ collection: 'points', problems: [] }] })
    const bytes = readdirSync(join(path, 'collections', '000001')).reduce(
      (sum, name) => sum + statSync(fileOf(name)).size,
      0,
    )
    expect(report.collections[0]!.sizeBytes).toBe(bytes)
  })

  test.each(FILES)('whose file %s is cut short is refused, naming the file', async (name) => {
    truncateSync(fileOf(name), statSync(fileOf(name)).size - 1)
    await expect(openPoints()).rejects.toMatchObject(corrupt(name))
    expect((await verifyStore(path)).collections[0]!.problems.join()).toContain(name)
  })

  test.each(FILES)('whose file %s is missing is refused, naming the file', async (name) => {
    rmSync(fileOf(name))
    await expect(openPoints()).rejects.toMatchObject(corrupt(name))
    expect((await verifyStore(path)).isIntact).toBe(false)
  })

  test.each(FILES)('with one wrong bit in file %s is not intact, and the batch is named', async (name) => {
    flip(fileOf(name), Math.floor(statSync(fileOf(name)).size / 2))
    expect((await verifyStore(path)).collections[0]!.problems.join()).toMatch(
      new RegExp(`${name}: bytes .*batch [1-5]`),
    )
  })

  test('with one wrong bit anywhere in the journal is refused', async () => {
    const { size } = statSync(fileOf('journal'))
    for (let at = 3; at < size - 1; at += 97) {
      flip(fileOf('journal'), at)
      await expect(openPoints()).rejects.toMatchObject(corrupt('journal'))
      flip(fileOf('journal'), at)
    }
    expect(await openPoints()).toEqual(await contentsAfter(BATCHES))
  })

  test('whose journal is empty or missing is refused', async () => {
    truncateSync(fileOf('journal'), 0)
    await expect(openPoints()).rejects.toMatchObject(corrupt('journal'))
    rmSync(fileOf('journal'))
    await expect(openPoints()).rejects.toMatchObject(corrupt('journal'))
    expect((await verifyStore(path)).isIntact).toBe(false)
  })

  test('whose catalog is missing, cut short or of another program is refused and keeps its files', async () => {
    const catalog = join(path, 'store.json')
    const text = readFileSync(catalog, 'utf8')
    for (const damaged of [text.slice(0, -20), '{}', 'null']) {
      writeFileSync(catalog, damaged)
      await expect(openPoints()).rejects.toMatchObject(corrupt('store.json'))
    }
    rmSync(catalog)
    await expect(openPoints()).rejects.toMatchObject(corrupt('store.json'))
    writeFileSync(catalog, text)
    expect(await openPoints()).toEqual(await contentsAfter(BATCHES))
  })

  test('of a newer format is refused with what to do', async () => {
    const catalog = join(path, 'store.json')
    writeFileSync(catalog, readFileSync(catalog, 'utf8').replace('"version": 1', '"version": 2'))
    await expect(openPoints()).rejects.toMatchObject({
      code: 'STORE_VERSION',
      message: expect.stringContaining('Upgrade offgrid'),
    })
    await expect(verifyStore(path)).rejects.toMatchObject({ code: 'STORE_VERSION' })
  })
})

describe('a commit that a stop cut off', () => {
  test('counts up to its last line break: each shorter journal holds one batch less', async () => {
    const lines = readFileSync(fileOf('journal'), 'utf8').split('\n').slice(0, -1)
    truncateSync(fileOf('journal'), statSync(fileOf('journal')).size - 1)
    expect(await openPoints()).toEqual(await contentsAfter(BATCHES - 1))
    writeFileSync(fileOf('journal'), `${lines.slice(0, 3).join('\n')}\n${lines[3]!.slice(0, 40)}`)
    expect(await openPoints()).toEqual(await contentsAfter(2))
  })

  test('leaves bytes that the next batch overwrites', async () => {
    for (const name of [...FILES, 'journal']) appendFileSync(fileOf(name), 'left over')
    const storage = await openLocalStorage({ path })
    const table = await storage.openTable('points')
    await table.apply(batchOf(BATCHES))
    await storage.close()
    expect(await openPoints()).toEqual(await contentsAfter(BATCHES + 1))
    expect((await verifyStore(path)).isIntact).toBe(true)
  })

  test('leaves tables that nothing names, and they are cleared away', async () => {
    mkdirSync(join(path, 'collections', '000007'))
    await openPoints()
    expect(readdirSync(join(path, 'collections'))).toEqual(['000001'])
  })
})

describe('a full disk', () => {
  const full = { name: 'StoreError', code: 'STORE_FULL', status: 507 }

  function fillUp(file: string): void {
    try {
      for (;;) appendFileSync(file, Buffer.alloc(512))
    } catch (error) {
      expect(error).toMatchObject({ code: 'ENOSPC' })
    }
  }

  test('refuses the batch with STORE_FULL, keeps all that was acknowledged, and takes more once there is space', async (context) => {
    const disk = join(folder, 'disk')
    mkdirSync(disk)
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk], { stdio: 'ignore' })
    } catch {
      context.skip('mounting a small file system is not permitted')
    }
    const ballast = join(disk, 'ballast')
    try {
      const store = join(disk, 'store')
      const storage = await openLocalStorage({ path: store })
      const table = await storage.createCollection('points', { config: CONFIG, indexes: {} })
      writeFileSync(ballast, Buffer.alloc(500_000))
      let stored = 0
      let failure: unknown
      while (failure === undefined && stored < 1000) {
        await table.apply(batchOf(stored)).then(
          () => stored++,
          (error: unknown) => {
            failure = error
          },
        )
      }
      expect(failure).toMatchObject(full)
      expect(contentsOf(table)).toEqual(await contentsAfter(stored))
      const filler = join(disk, 'filler')
      fillUp(filler)
      await expect(storage.createCollection('more', { config: CONFIG, indexes: {} })).rejects.toMatchObject(full)
      await expect(storage.setAliases(new Map([['more', 'points']]))).rejects.toMatchObject(full)
      await expect(storage.compactCollection('points')).rejects.toMatchObject(full)
      const reader = await openLocalStorage({ path: store, readOnly: true })
      expect(contentsOf(await reader.openTable('points'))).toEqual(await contentsAfter(stored))
      await reader.close()
      await storage.close()
      rmSync(filler)

      const reopened = await openLocalStorage({ path: store })
      const again = await reopened.openTable('points')
      expect(contentsOf(again)).toEqual(await contentsAfter(stored))
      expect([...reopened.collections().keys()]).toEqual(['points'])
      rmSync(ballast)
      await again.apply(batchOf(stored))
      expect(contentsOf(again)).toEqual(await contentsAfter(stored + 1))
      await reopened.close()
      expect((await verifyStore(store)).isIntact).toBe(true)
    } finally {
      execFileSync('umount', ['--lazy', disk])
    }
  })
})
