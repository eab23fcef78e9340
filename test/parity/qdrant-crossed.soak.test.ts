import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { LocalClient } from '../../src/stores/local-client/local-client.js'
import { readCrosses, replayCross } from './crossed-cases.js'

const crosses = readCrosses()

test('the crossed requests are more than 1,500', () => {
  expect(crosses.reduce((sum, { cases }) => sum + cases.length, 0)).toBeGreaterThan(1_500)
})

describe.each(crosses)('$cross', (cross) => {
  test('are answered in memory as by the core of the server', async () => {
    expect(await replayCross(cross, LocalClient.memory())).toEqual([])
  })

  test('are answered on disk as by the core of the server', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'offgrid-crossed-'))
    try {
      const client = await LocalClient.open({ path: folder, durability: 'process' })
      expect(await replayCross(cross, client)).toEqual([])
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
