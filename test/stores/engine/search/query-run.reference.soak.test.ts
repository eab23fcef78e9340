import { expect, test } from 'vitest'
import { compareWithReference } from '../../reference/reference-series.js'

const RUNS = 5000

test('thousands of random nested queries are answered as a slow reference of the rules answers them', async () => {
  expect(await compareWithReference(RUNS)).toBeGreaterThan(RUNS)
})
