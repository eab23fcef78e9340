import { expect, test } from 'vitest'
import { compareWithReference } from '../../reference/reference-series.js'

const RUNS = 150

test('random nested prefetches, fusions and MMR are answered as a slow reference of the rules answers them', async () => {
  expect(await compareWithReference(RUNS, 1)).toBeGreaterThan(RUNS)
})
