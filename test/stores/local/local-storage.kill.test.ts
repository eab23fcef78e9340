import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { randomNumbers } from '../../../src/scoring/random-numbers.js'
import { openLocalStorage } from '../../../src/stores/local/local-storage.js'
import type { Durability } from '../../../src/stores/local/table-files.js'
import { verifyStore } from '../../../src/stores/local/verify-store.js'
import { MemoryPointTable } from '../../../src/stores/table/memory-point-table.js'
import { tableSchema } from '../../../src/stores/table-schema.js'
import { batchOf, CONFIG, contentsOf } from './batches.js'
import { type CompiledScript, compileScript } from './compile-script.js'
import { runScript } from './run-script.js'

/** Kills per series; more in the long one. */
const KILLS = process.env.OFFGRID_SOAK ? 40 : 5
const SEED = 7
const NEVER = 1_000_000_000

let folder: string
let script: CompiledScript

beforeAll(() => {
  script = compileScript('writer.ts')
})

afterAll(() => {
  script.remove()
})

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'offgrid-kill-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** Resolves at a moment between two batches or within one, the same share of a batch for the same seed. */
function randomMoment(random: () => number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, random() * 40))
}

async function killAgainAndAgain(path: string, durability: Durability, compactEvery: number): Promise<void> {
  const random = randomNumbers(SEED)
  const model = new MemoryPointTable(tableSchema(CONFIG))
  let stored = 0
  for (let kill = 0; kill < KILLS; kill++) {
    const writer = runScript(script.path, [path, String(stored), durability, String(compactEvery)])
    expect(await writer.nextLine()).toBe('ready')
    let acknowledged = stored - 1
    const lines = 1 + Math.floor(random() * 12)
    for (let i = 0; i < lines; i++) acknowledged = Number(await writer.nextLine())
    await randomMoment(random)
    for (const line of await writer.kill()) acknowledged = Number(line)

    const storage = await openLocalStorage({ path, durability })
    const contents = contentsOf(await storage.openTable('points'))
    for (; stored <= acknowledged; stored++) await model.apply(batchOf(stored))
    // the batch that was under way is there whole or not at all
    if (JSON.stringify(contents) !== JSON.stringify(contentsOf(model))) await model.apply(batchOf(stored++))
    expect(contents).toEqual(contentsOf(model))
    await storage.close()
    expect((await verifyStore(path)).collections.flatMap(({ problems }) => problems)).toEqual([])
  }
}

describe('a store whose process is killed', { timeout: 60_000 + KILLS * 20_000 }, () => {
  test('holds every acknowledged batch exactly and no part of another, written durably', async () => {
    await killAgainAndAgain(join(folder, 'store'), 'full', NEVER)
  })

  test('holds every acknowledged batch exactly and no part of another, written without waiting for the disk', async () => {
    await killAgainAndAgain(join(folder, 'store'), 'process', NEVER)
  })

  test('holds every acknowledged batch exactly when it is compacted all the time', async () => {
    await killAgainAndAgain(join(folder, 'store'), 'full', 1)
  })
})
