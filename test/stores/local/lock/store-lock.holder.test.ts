import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { FileStorage } from '../../../../src/stores/local/file-storage.js'
import { openLocalStorage } from '../../../../src/stores/local/local-storage.js'
import { LEASE_TIMES } from '../../../../src/stores/local/lock/lock-lease.js'
import { type LockPlace, placeOf } from '../../../../src/stores/local/lock/lock-record.js'
import { verifyStore } from '../../../../src/stores/local/verify-store.js'
import { MemoryPointTable } from '../../../../src/stores/table/memory-point-table.js'
import { tableSchema } from '../../../../src/stores/table-schema.js'
import { batchOf, CONFIG, contentsOf } from '../batches.js'
import { type CompiledScript, compileScript } from '../compile-script.js'
import { runScript, type Script } from '../run-script.js'

/** Short, so that the tests are; long against the time that a loaded machine takes to renew. */
const TIMES = { leaseMs: 1200, renewMs: 50 }
/** Writers that are stopped in the middle of what they do; more in the long series. */
const STOPS = process.env.OFFGRID_SOAK ? 40 : 1

/** Two machines with one folder between them. */
const ONE: LockPlace = { kernel: 'one', isShared: true, ...TIMES }
const OTHER: LockPlace = { kernel: 'other', isShared: true, ...TIMES }

let path: string
let compiled: CompiledScript
const scripts: Script[] = []

beforeAll(() => {
  compiled = compileScript('held-writer.ts')
})

afterAll(() => {
  compiled.remove()
})

beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'offgrid-holder-'))
})

afterEach(async () => {
  vi.useRealTimers()
  for (const script of scripts.splice(0)) await script.kill()
  rmSync(path, { recursive: true, force: true })
})

function start(place?: LockPlace, within: readonly string[] = []): Script {
  const script = runScript(compiled.path, [path, ...(place ? [JSON.stringify(place)] : [])], within)
  scripts.push(script)
  return script
}

async function expectLines(script: Script, ...lines: string[]): Promise<void> {
  for (const line of lines) expect(await script.nextLine()).toBe(line)
}

/** A container's view: processes, host name and network of its own. */
function container(host: string): string[] {
  return [
    'unshare',
    '--pid',
    '--fork',
    '--kill-child',
    '--mount-proc',
    '--uts',
    '--net',
    'sh',
    '-c',
    `hostname ${host}; exec "$@"`,
    'sh',
  ]
}

function mayMakeContainers(): boolean {
  return spawnSync(container('any')[0]!, [...container('any').slice(1), 'true']).status === 0
}

const locked = { code: 'STORE_LOCKED' }

async function contentsAfter(...batches: number[]): Promise<unknown> {
  const model = new MemoryPointTable(tableSchema(CONFIG))
  for (const number of batches) await model.apply(batchOf(number))
  return contentsOf(model)
}

async function expectContents(storage: FileStorage, ...batches: number[]): Promise<void> {
  expect(contentsOf(await storage.openTable('points'))).toEqual(await contentsAfter(...batches))
}

describe('a writer in a container', () => {
  test.runIf(mayMakeContainers())(
    'keeps out one in another container of the same host name, where both have one process number',
    async () => {
      const first = start(undefined, container('same'))
      await expectLines(first, 'opened')
      const second = start(undefined, container('same'))
      await expectLines(second, 'STORE_LOCKED')
      first.child.stdin.end('0\n')
      await expectLines(first, 'stored 0')
      await first.nextLine()
      const third = start(undefined, container('same'))
      third.child.stdin.end('1\n')
      await expectLines(third, 'opened', 'stored 1')
      await third.nextLine()
      const storage = await openLocalStorage({ path })
      await expectContents(storage, 0, 1)
      await storage.close()
    },
  )

  test.runIf(mayMakeContainers())('that was killed is followed at once by one under another host name', async () => {
    for (const [number, host] of ['a', 'b', 'c'].entries()) {
      const writer = start(undefined, container(host))
      const began = performance.now()
      await expectLines(writer, 'opened')
      expect(performance.now() - began).toBeLessThan(LEASE_TIMES.leaseMs / 2)
      writer.child.stdin.write(`${number}\n`)
      await expectLines(writer, `stored ${number}`)
      await expect(openLocalStorage({ path })).rejects.toMatchObject(locked)
      await writer.kill()
    }
    const storage = await openLocalStorage({ path })
    await expectContents(storage, 0, 1, 2)
    await storage.close()
  })

  test.skipIf(mayMakeContainers())('cannot be tried here: this user may not make namespaces', () => {})
})

describe('a writer on this machine', () => {
  test('that is stopped for longer than its lease still holds the lock, and goes on', async () => {
    const here = { ...(await placeOf(path)), leaseMs: 200, renewMs: 20 }
    const writer = start(here)
    await expectLines(writer, 'opened')
    writer.child.kill('SIGSTOP')
    const end = performance.now() + 2 * here.leaseMs
    while (performance.now() < end) await expect(openLocalStorage({ path }, here)).rejects.toMatchObject(locked)
    writer.child.kill('SIGCONT')
    writer.child.stdin.end('0\n')
    await expectLines(writer, 'stored 0')
    await writer.nextLine()
    const storage = await openLocalStorage({ path })
    await expectContents(storage, 0)
    await storage.close()
  })

  test('holds the lock of a folder whose path is longer than a socket may have, until it is killed', async () => {
    const deep = path
    path = join(path, 'x'.repeat(100), 'y'.repeat(100))
    mkdirSync(path, { recursive: true })
    const writer = start()
    await expectLines(writer, 'opened')
    await expect(openLocalStorage({ path })).rejects.toMatchObject(locked)
    await writer.kill()
    await (await openLocalStorage({ path })).close()
    path = deep
  })

  test('holds the lock whatever the clock says', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const storage = await openLocalStorage({ path })
    for (const year of ['1971-01-01', '2099-01-01']) {
      vi.setSystemTime(new Date(year))
      await expect(openLocalStorage({ path })).rejects.toMatchObject(locked)
      await storage.setAliases(new Map())
    }
    await storage.close()
    await (await openLocalStorage({ path })).close()
  })

  test('that went with an earlier boot is followed at once, and its files stay where they are', async () => {
    const boot = (kernel: string) => ({ kernel, isShared: false, ...LEASE_TIMES })
    const writer = start(boot('before'))
    writer.child.stdin.write('0\n')
    await expectLines(writer, 'opened', 'stored 0')
    const began = performance.now()
    const storage = await openLocalStorage({ path }, boot('after'))
    expect(performance.now() - began).toBeLessThan(LEASE_TIMES.leaseMs / 2)
    expect(readdirSync(join(path, 'collections'))).toEqual(['000001'])
    await storage.close()
  })

  test('finds out before it writes that its lock was deleted, and leaves the files to the next one', async () => {
    const writer = start()
    writer.child.stdin.write('0\n')
    await expectLines(writer, 'opened', 'stored 0')
    for (const name of readdirSync(path)) if (name.startsWith('lock.')) rmSync(join(path, name), { recursive: true })
    const storage = await openLocalStorage({ path })
    await (await storage.openTable('points')).apply(batchOf(1))
    for (const line of ['2', 'alias', 'compact']) {
      writer.child.stdin.write(`${line}\n`)
      await expectLines(writer, 'STORE_LOCK_LOST')
    }
    writer.child.stdin.end()
    await writer.nextLine()
    await (await storage.openTable('points')).apply(batchOf(3))
    await storage.close()
    expect(await verifyStore(path)).toMatchObject({ isIntact: true })
    const again = await openLocalStorage({ path })
    await expectContents(again, 0, 1, 3)
    await again.close()
  })
})

describe('a writer on another machine', () => {
  test('keeps out this one for as long as it renews its lease', async () => {
    const writer = start(ONE)
    await expectLines(writer, 'opened')
    const end = performance.now() + 1.2 * TIMES.leaseMs
    while (performance.now() < end) await expect(openLocalStorage({ path }, OTHER)).rejects.toMatchObject(locked)
    writer.child.stdin.end('0\n')
    await expectLines(writer, 'stored 0')
  })

  test('that is gone is followed by exactly one, when its lease has ended, and its files are copied', async () => {
    const writer = start(ONE)
    writer.child.stdin.write('0\n')
    await expectLines(writer, 'opened', 'stored 0')
    await writer.kill()
    // no file of a table, and so none that can be copied
    const stray = join(path, 'collections', '000001', 'stray')
    mkdirSync(stray)
    const failed = await Promise.allSettled([1, 2, 3].map(() => openLocalStorage({ path }, OTHER)))
    const codes = failed.map((result) => result.status === 'rejected' && result.reason.code)
    expect(codes.sort()).toEqual(['STORE_IO', 'STORE_LOCKED', 'STORE_LOCKED'])
    rmdirSync(stray)

    const storage = await openLocalStorage({ path }, ONE)
    expect(readdirSync(join(path, 'collections'))).toEqual(['000002'])
    await expectContents(storage, 0)
    await storage.close()
    await (await openLocalStorage({ path }, OTHER)).close()
    expect(readdirSync(join(path, 'collections'))).toEqual(['000002'])
  })

  test('that closes the store while somebody waits for its lease lets them in at once, and its files stay', async () => {
    const place = { ...ONE, leaseMs: 12_000, renewMs: 6000 }
    const writer = start(place)
    await expectLines(writer, 'opened')
    const waiting = openLocalStorage({ path }, OTHER)
    writer.child.stdin.end()
    await (await waiting).close()
    expect(readdirSync(join(path, 'collections'))).toEqual(['000001'])
  })

  test.each(Array.from({ length: STOPS }, (_, i) => i))(
    'that was stopped in the middle of a batch writes nothing more once it was followed (%i)',
    async (round) => {
      const writer = start(ONE)
      writer.child.stdin.write('on\n')
      await expectLines(writer, 'opened')
      for (let line = 0; line <= round; line++) await writer.nextLine()
      writer.child.kill('SIGSTOP')
      const storage = await openLocalStorage({ path }, OTHER)
      const table = await storage.openTable('points')
      const before = contentsOf(table)
      await table.apply(batchOf(1000))
      await table.apply(batchOf(1001))
      writer.child.kill('SIGCONT')
      let acknowledged = round
      let line = await writer.nextLine()
      for (; line?.startsWith('stored'); line = await writer.nextLine()) acknowledged = Number(line.split(' ')[1])
      expect(line).toBe('STORE_LOCK_LOST')
      for (const command of ['7', 'alias', 'compact']) {
        writer.child.stdin.write(`${command}\n`)
        await expectLines(writer, 'STORE_LOCK_LOST')
      }
      writer.child.stdin.end()
      await writer.nextLine()
      await table.apply(batchOf(1002))
      await storage.close()

      const batches = Array.from({ length: acknowledged + 1 }, (_, i) => i)
      // the batch that was under way is there whole or not at all
      expect([await contentsAfter(...batches), await contentsAfter(...batches, acknowledged + 1)]).toContainEqual(
        before,
      )
      expect(await verifyStore(path)).toMatchObject({ isIntact: true })
      const again = await openLocalStorage({ path }, OTHER)
      const model = new MemoryPointTable(tableSchema(CONFIG))
      const known = JSON.stringify(await contentsAfter(...batches)) === JSON.stringify(before)
      for (const number of [...batches, ...(known ? [] : [acknowledged + 1]), 1000, 1001, 1002])
        await model.apply(batchOf(number))
      expect(contentsOf(await again.openTable('points'))).toEqual(contentsOf(model))
      await again.close()
    },
  )
})
