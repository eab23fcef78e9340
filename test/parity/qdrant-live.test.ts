import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { LocalClient } from '../../src/stores/local-client/local-client.js'
import { compareAnswer } from './qdrant-live-compare.js'
import { type RecordedCase, replay } from './qdrant-live-replay.js'

/** Seed 1 is part of the project; the others are read where the shared fixtures are beside it. */
const BUNDLED = new URL('./fixtures/qdrant-live-seed-1.jsonl', import.meta.url)
const SHARED = new URL('../../../shared/fixtures/qdrant_live/', import.meta.url)

/** Searches of short vectors, whose scores have the server's bits. */
const SAME_BITS = /^(nearest\/(cos|dot|euc|man|mv.)|datatype\/(h_(cos|dot|euc|man|mv)|u_))/
/** Recorded scores are the shortest decimals that give back the float32. */
const ONE_ROUNDING = 6e-8

async function replaySeed(file: URL, client = LocalClient.memory()): Promise<{ failures: string[]; compared: number }> {
  const failures: string[] = []
  let compared = 0
  try {
    for (const line of readFileSync(file, 'utf8').trim().split('\n')) {
      const recorded = JSON.parse(line) as RecordedCase
      const answer = await replay(client, recorded)
      compared++
      const isExact = recorded.tolerance !== undefined && SAME_BITS.test(recorded.name)
      const found = compareAnswer(isExact ? { ...recorded, tolerance: ONE_ROUNDING } : recorded, answer)
      if (found) failures.push(`${recorded.name}: ${found}`)
    }
  } finally {
    await client.close()
  }
  return { failures, compared }
}

test('the embedded engine answers every recorded request of seed 1 as the live server did', async () => {
  const { failures, compared } = await replaySeed(BUNDLED)
  expect(failures).toEqual([])
  expect(compared).toBeGreaterThan(1500)
})

test('the embedded engine on disk does, too', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'offgrid-live-'))
  try {
    const client = await LocalClient.open({ path: folder, durability: 'process' })
    expect((await replaySeed(BUNDLED, client)).failures).toEqual([])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

for (const seed of [2, 3, 4, 5, 6]) {
  const file = new URL(`seed-${seed}.jsonl`, SHARED)
  const isHere = existsSync(file)
  const note = isHere ? '' : ' (skipped: the shared fixtures are not beside the project)'
  test.skipIf(!isHere)(
    `the embedded engine answers every recorded request of seed ${seed} as the live server did${note}`,
    async () => {
      expect((await replaySeed(file)).failures).toEqual([])
    },
  )
}
