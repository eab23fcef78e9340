import { test } from 'vitest'
import { drawKill, expectToSurviveKills } from './run-ingest.kill.contract.js'

const SEED = Number(process.env.OFFGRID_SEED ?? Date.now() % 1_000_000)

/** The next of a series of pseudo-random numbers, 0 … 1. */
function lehmer(seed: number): () => number {
  let state = (seed % 2_147_483_646) + 1
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

test(`a run of 5,000 documents that is killed at 50 random moments ends as an undisturbed one, point for point and bit for bit (OFFGRID_SEED=${SEED})`, async () => {
  const random = lehmer(SEED)
  await expectToSurviveKills(
    5000,
    Array.from({ length: 50 }, () => drawKill(random)),
  )
})

test(`a run that cuts long documents ends as an undisturbed one, whenever it is killed (OFFGRID_SEED=${SEED})`, async () => {
  const random = lehmer(SEED)
  await expectToSurviveKills(
    400,
    Array.from({ length: 12 }, () => drawKill(random)),
    24,
  )
})
