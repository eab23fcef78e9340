import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { LocalClient } from '../../src/stores/local-client/local-client.js'
import { compareAnswer } from './qdrant-live-compare.js'
import { type RecordedCase, replay } from './qdrant-live-replay.js'

/** Seed 1 is part of the project; the others are read where the shared fixtures are beside it. */
const BUNDLED = new URL('./fixtures/qdrant-live-seed-1.jsonl', import.meta.url)
const SHARED = new URL('../../../shared/fixtures/qdrant_live/', import.meta.url)

async function replaySeed(file: URL): Promise<{ failures: string[]; compared: number }> {
  const client = LocalClient.memory()
  const failures: string[] = []
  let compared = 0
  try {
    for (const line of readFileSync(file, 'utf8').trim().split('\n')) {
      const recorded = JSON.parse(line) as RecordedCase
      const answer = await replay(client, recorded)
      compared++
      const found = compareAnswer(recorded, answer)
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
