import { cpSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { systemError } from '../../../src/cli/shared/system-error.js'
import { exportPoints } from '../../../src/pipeline/points-files/export-points.js'
import { compactStore } from '../../../src/stores/local/compact-store.js'
import { describeStore } from '../../../src/stores/local/describe-store.js'
import { openLocalStorage } from '../../../src/stores/local/local-storage.js'
import { verifyStore } from '../../../src/stores/local/verify-store.js'
import { openLocalStore } from '../../../src/stores/open-local.js'
import { runCli } from '../../cli/run-cli.js'
import { batchOf, CONFIG } from './batches.js'
import { temporaryFolder } from './temporary-folder.js'

const DISK = fileURLToPath(new URL('./failing-disk.cjs', import.meta.url))

const disk = globalThis as unknown as { failingPath: string | null; failingCalls: string }
const folder = temporaryFolder()
const sound = join(folder.path, 'sound')
const path = join(folder.path, 'store')

beforeAll(async () => {
  const storage = await openLocalStorage({ path: sound, durability: 'process' })
  const table = await storage.createCollection('points', { config: CONFIG, indexes: {} })
  for (let number = 0; number < 3; number++) await table.apply(batchOf(number))
  await storage.close()
  createRequire(import.meta.url)(DISK)
})

beforeEach(() => {
  cpSync(sound, path, { recursive: true })
})

afterEach(() => {
  disk.failingPath = null
  rmSync(path, { recursive: true, force: true })
})

afterAll(() => {
  folder.remove()
})

function fail(file: string, call: string): void {
  disk.failingPath = file
  disk.failingCalls = call
}

/** Names the file and what the system says, in either order. */
function failureOf(name: string): RegExp {
  return new RegExp(`/${name}\\b.*EIO|EIO.*/${name}\\b`)
}

async function readAll(): Promise<void> {
  const store = await openLocalStore({ path, readOnly: true })
  try {
    const { points } = await exportPoints({ store, collection: 'points' }, {})
    for await (const _ of points);
  } finally {
    await store.close()
  }
}

async function write(): Promise<void> {
  const storage = await openLocalStorage({ path })
  try {
    await (await storage.openTable('points')).apply(batchOf(9))
    await storage.setAliases(new Map([['x', 'points']]))
  } finally {
    await storage.close()
  }
}

const USES = {
  'store info': () => describeStore(path),
  'store compact': () => compactStore(path),
  export: readAll,
  ingest: write,
}

const FILES = ['store.json', 'journal', 'slots', 'payloads', 'dense-0', 'multivector-1', 'sparse-2']

/** Which uses read which files. */
function reads(use: string, file: string): boolean {
  if (['store.json', 'journal', 'slots'].includes(file)) return true
  return use === 'store compact' || use === 'export'
}

describe('a disk that fails while a store is read', () => {
  test.each(
    Object.keys(USES).flatMap((use) => FILES.filter((file) => reads(use, file)).map((file) => [use, file] as const)),
  )('ends %s with a code and the name of %s', async (use, file) => {
    fail(`/${file}`, 'read')
    const error = await USES[use as keyof typeof USES]().then(
      () => null,
      (reason) => reason,
    )
    // what is to be written anew is held against its checksums first
    expect(error.code).toBe(use === 'store compact' && file !== 'store.json' ? 'STORE_CORRUPT' : 'STORE_IO')
    expect(error.message).toMatch(failureOf(file))
  })

  test.each(FILES.slice(1))('is a finding of store verify, with the name of %s', async (file) => {
    fail(`/${file}`, 'read')
    const { isIntact, collections } = await verifyStore(path)
    expect(isIntact).toBe(false)
    expect(collections[0]!.problems.join()).toMatch(failureOf(file))
  })

  test.each([
    ['fstat', '/slots', 'slots'],
    ['scandir', '/000001', '000001'],
    ['stat', '/dense-0', 'dense-0'],
  ])('is told with a code and a name by %s, too', async (call, file, name) => {
    fail(file, call)
    const refusal = { code: 'STORE_IO', message: expect.stringMatching(failureOf(name)) }
    await expect(describeStore(path)).rejects.toMatchObject(refusal)
  })
})

describe('a disk that fails while a store is written', () => {
  test.each([
    ['write', '/payloads', 'payloads'],
    ['write', '/journal', 'journal'],
    ['fdatasync', '/dense-0', 'dense-0'],
    ['fdatasync', '/journal', 'journal'],
    ['fsync', '/store.json', 'store.json'],
    ['rename', '/store.json', 'store.json'],
  ])('is told with a code and the name of the file, and the store is intact (%s %s)', async (call, file, name) => {
    fail(file, call)
    const refusal = { code: 'STORE_IO', message: expect.stringMatching(failureOf(name)) }
    await expect(write()).rejects.toMatchObject(refusal)
    disk.failingPath = null
    expect(await verifyStore(path)).toMatchObject({ isIntact: true })
    await write()
  })
})

describe('a command on a disk that fails', () => {
  test.each([
    ['store verify', 'read', '/payloads', /\/payloads\b.*EIO/],
    ['export --collection points --out out.jsonl', 'read', '/payloads', /\/payloads\b.*EIO.*\[STORE_CORRUPT\]$/m],
    ['export --collection points --out out.parquet', 'write', '.partial', /out\.parquet.*EIO.*\[OUTPUT_FAILED\]$/m],
  ])('says what failed and how, and prints no stack: %s (%s)', async (command, call, file, message) => {
    const env = { NODE_OPTIONS: `--require ${DISK}`, OFFGRID_FAILING_PATH: file, OFFGRID_FAILING_CALLS: call }
    const found = await runCli([...command.split(' '), '--store', path], { cwd: folder.path, env })
    expect(found.code).toBe(1)
    expect(found.stdout + found.stderr).toMatch(message)
    expect(found.stdout + found.stderr).not.toMatch(/^ +at /m)
  })

  test('says what an unforeseen failure of the system was, with a code', () => {
    const failure = Object.assign(new Error('EIO: i/o error, fsync'), {
      code: 'EIO',
      syscall: 'fsync',
      path: '/some/file',
    })
    const message = 'The system reports: EIO: i/o error, fsync (/some/file).'
    expect(systemError(failure)).toMatchObject({ code: 'SYSTEM_FAILED', message, cause: failure })
    const bug = new TypeError('a bug')
    expect(systemError(bug)).toBe(bug)
  })
})
