import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openLocalStore } from '../../../src/stores/open-local.js'
import type { CollectionConfig } from '../../../src/stores/store.js'
import { runCli } from '../run-cli.js'

const CONFIG = { vectors: { dense: { size: 3, distance: 'Dot', datatype: 'uint8' } } } as CollectionConfig

let cwd: string
beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'offgrid-cli-store-'))
  const store = await openLocalStore({ path: join(cwd, '.offgrid/store'), durability: 'process' })
  await store.createCollection('points', CONFIG)
  const points = [1, 2, 3].map((id) => ({ id, vectors: { dense: Float32Array.of(id, 2, 3) }, payload: { id } }))
  await store.upsert('points', points)
  await store.upsert('points', points)
  await store.delete('points', [1])
  await store.close()
})
afterEach(() => {
  rmSync(cwd, { recursive: true, force: true })
})

const store = (...args: string[]) => runCli(['store', ...args], { cwd })

describe('offgrid store', () => {
  test('info shows points, versions, vectors and file sizes', async () => {
    const found = await store('info', '--json')
    expect(found).toMatchObject({ code: 0, stderr: '' })
    const { format, collections, aliases } = JSON.parse(found.stdout)
    expect({ format, aliases }).toEqual({ format: 1, aliases: {} })
    expect(collections).toMatchObject([
      {
        collection: 'points',
        points: 2,
        slots: 6,
        vectors: [{ kind: 'dense', name: 'dense', dimension: 3, element: 'uint8' }],
        files: { 'dense-0': 18 },
      },
    ])
    expect((await store('info')).stdout).toMatch(/^points +2 +4 +.* kB +dense \(3 uint8\) +no$/m)
  })

  test('compact drops what was replaced and deleted, and the store is intact', async () => {
    const compacted = JSON.parse((await store('compact', '--json', '--quiet')).stdout)
    expect(compacted.collections).toMatchObject([{ collection: 'points', points: 2, dropped: 4 }])
    const verified = await store('verify')
    expect(verified).toMatchObject({ code: 0 })
    expect(verified.stdout).toMatch(/^ok {7}points: 2 points, .* kB\nThe store is intact\.\n$/)
  })

  test('verify ends with 1 and names the file whose bytes are not what was written', async () => {
    writeFileSync(join(cwd, '.offgrid/store/collections/000001/dense-0'), Buffer.alloc(18, 7))
    const verified = await store('verify')
    expect(verified.code).toBe(1)
    expect(verified.stdout).toMatch(/^DAMAGED {2}points\n +dense-0: bytes 0 to 9 \(batch 1\) do not match/)
    const { isIntact } = JSON.parse((await store('verify', '--json')).stdout)
    expect(isIntact).toBe(false)
  })

  test('a folder without a store, and one that another process writes to, are named errors', async () => {
    const missing = await store('info', '--store', 'elsewhere')
    expect(missing).toMatchObject({ code: 1, stdout: '' })
    expect(missing.stderr).toMatch(/There is no store in .*elsewhere\. .*\[STORE_MISSING\]/)
    const writer = await openLocalStore({ path: join(cwd, '.offgrid/store') })
    const locked = await store('compact')
    expect(locked.code).toBe(1)
    expect(locked.stderr).toContain('[STORE_LOCKED]')
    expect((await store('verify')).code).toBe(0)
    await writer.close()
  })
})
