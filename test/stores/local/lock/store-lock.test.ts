import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openLocalStorage } from '../../../../src/stores/local/local-storage.js'
import { type CompiledScript, compileScript } from '../compile-script.js'
import { runScript, type Script } from '../run-script.js'

const CONTENDERS = 3
const ROUNDS = 5

let path: string
let compiled: CompiledScript

beforeAll(() => {
  compiled = compileScript('contender.ts')
})

afterAll(() => {
  compiled.remove()
})

beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'offgrid-lock-'))
})

afterEach(() => {
  rmSync(path, { recursive: true, force: true })
})

async function holdAndDie(): Promise<void> {
  const holder = await start()
  holder.child.stdin.write('g')
  expect(await holder.nextLine()).toBe('opened')
  await holder.kill()
}

async function start(): Promise<Script> {
  const script = runScript(compiled.path, [path])
  expect(await script.nextLine()).toBe('ready')
  return script
}

describe('the lock of a store', () => {
  test('refuses a second writer and names the first', async () => {
    const storage = await openLocalStorage({ path })
    await expect(openLocalStorage({ path })).rejects.toMatchObject({
      name: 'StoreError',
      code: 'STORE_LOCKED',
      message: expect.stringMatching(new RegExp(`process ${process.pid} on .+ since \\d{4}-.*read-only`)),
    })
    await storage.close()
  })

  test('is free again after closing', async () => {
    for (let i = 0; i < 5; i++) await (await openLocalStorage({ path })).close()
  })

  test('lets readers in beside a writer', async () => {
    const storage = await openLocalStorage({ path })
    const reader = await openLocalStorage({ path, readOnly: true })
    await expect(reader.setAliases(new Map())).rejects.toMatchObject({ code: 'STORE_READ_ONLY' })
    await reader.close()
    await storage.close()
  })

  test('goes to exactly one of many that open at the same time in one process', async () => {
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => openLocalStorage({ path })))
    const opened = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    expect(opened).toHaveLength(1)
    for (const result of results) if (result.status === 'rejected') expect(result.reason.code).toBe('STORE_LOCKED')
    await opened[0]!.close()
  })

  test('of a process whose number another process has by now is taken over', async (context) => {
    await (await openLocalStorage({ path })).close()
    const holder = { host: hostname(), pid: process.pid, started: 'another boot:1' }
    if (process.platform !== 'linux') context.skip('only Linux says when a process was started')
    writeFileSync(join(path, 'lock.1', 'holder.json'), JSON.stringify({ holder, since: 'long ago' }))
    await (await openLocalStorage({ path })).close()
  })

  test('of a process on another machine is never taken over, and the message says how to free it', async () => {
    await (await openLocalStorage({ path })).close()
    const holder = { host: 'elsewhere', pid: 1, started: null }
    writeFileSync(join(path, 'lock.1', 'holder.json'), JSON.stringify({ holder, since: 'long ago' }))
    const message = expect.stringMatching(/process 1 on elsewhere since long ago.*delete .*lock\.1\./)
    await expect(openLocalStorage({ path })).rejects.toMatchObject({ code: 'STORE_LOCKED', message })
  })

  test('of a killed process goes to exactly one of the processes that race for it', async () => {
    await holdAndDie()
    for (let round = 0; round < ROUNDS; round++) {
      const contenders = await Promise.all(Array.from({ length: CONTENDERS }, start))
      for (const { child } of contenders) child.stdin.write('g')
      const outcomes = await Promise.all(contenders.map((contender) => contender.nextLine()))
      expect(outcomes.sort()).toEqual([...Array(CONTENDERS - 1).fill('STORE_LOCKED'), 'opened'])
      // killed while holding, so that the next round finds a dead lock again
      for (const contender of contenders) await contender.kill()
    }
  })
})
