import { describe, vi } from 'vitest'
import { describeHostileModels } from './import-model.hostile.contract.js'

const CHANGES = 20_000
const PER_TEST = 1000

vi.setConfig({ testTimeout: 3_600_000 })

for (let first = 1000; first < 1000 + CHANGES; first += PER_TEST) {
  describe(`models with changed files from ${first}`, () => describeHostileModels(first, PER_TEST))
}
