import { test } from 'vitest'
import { expectToSurviveKills } from './run-ingest.kill.contract.js'

test('a run that is killed in a worker, in a store write and in a journal write ends as an undisturbed one, point for point and bit for bit', async () => {
  await expectToSurviveKills(600, [
    { at: 'upsert', call: 1, delayMs: 1 },
    { at: 'stored', call: 1, delayMs: 0 },
    { at: 'encode', call: 2, delayMs: 5 },
  ])
})
