import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planRuns, RUN_TOKENS } from '../../../src/encoders/network/transformer-runs.js'

describe('the plan of runs', () => {
  it('puts every text into one run, with texts of its own length only, up to 256 tokens', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 512 })), fc.constantFrom(0, RUN_TOKENS), (lengths, runTokens) => {
        const runs = planRuns(lengths, runTokens)
        expect(runs.flat().sort((a, b) => a - b)).toEqual(lengths.map((_, i) => i))
        for (const run of runs) {
          const length = lengths[run[0]!]!
          expect(run.every((i) => lengths[i] === length)).toBe(true)
          expect(run.length === 1 || run.length * length <= runTokens).toBe(true)
        }
      }),
    )
  })

  it('runs long texts alone and short ones together', () => {
    expect(planRuns([256, 8, 256, 8, 100])).toEqual([[0], [2], [4], [1, 3]])
    expect(planRuns([])).toEqual([])
  })
})
