import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { LocalClient } from '../../src/stores/local-client/local-client.js'
import { compareAnswer } from './qdrant-live-compare.js'
import { type RecordedCase, replay } from './qdrant-live-replay.js'

/** The requests of one recording of a live server on the data of another, with the answers of the server's core. */
export interface Cross {
  readonly cross: string
  readonly setup: readonly RecordedCase[]
  readonly cases: readonly RecordedCase[]
}

/** Made by `scripts/make-crossed-qdrant-fixture.py`. */
export function readCrosses(): Cross[] {
  const file = new URL('./fixtures/qdrant-crossed.jsonl.gz', import.meta.url)
  return gunzipSync(readFileSync(file))
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Cross)
}

/** Sends so many of the requests, evenly spread, and says which are answered otherwise than by the server's core. */
export async function replayCross(
  { cross, setup, cases }: Cross,
  client: LocalClient,
  count = cases.length,
): Promise<string[]> {
  const failures: string[] = []
  try {
    for (const recorded of setup) {
      const found = compareAnswer(recorded, await replay(client, recorded))
      if (found) failures.push(`${cross}, ${recorded.name}: ${found}`)
    }
    for (let i = 0; i < count; i++) {
      const recorded = cases[Math.floor((i * cases.length) / count)]!
      const { status, result } = await replay(client, recorded)
      // as JSON has it, so that a field that is there without a value is one that is not there
      const answer = { status, result: JSON.parse(JSON.stringify(result)) as unknown }
      const found = compareAnswer(recorded, answer)
      if (found) failures.push(`${cross}, ${recorded.name}: ${found}`)
    }
  } finally {
    await client.close()
  }
  return failures
}
