import { availableParallelism } from 'node:os'
import { expect, test } from 'vitest'
import { usableCores } from '../../src/pool/usable-cores.js'

test('the usable cores are at least one and never more than the scheduler gives', () => {
  expect(usableCores()).toBeGreaterThanOrEqual(1)
  expect(usableCores()).toBeLessThanOrEqual(availableParallelism())
})
