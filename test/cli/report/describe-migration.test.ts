import { describe, expect, test } from 'vitest'
import { describeMigration } from '../../../src/cli/report/describe-migration.js'

const PLAN = { name: 'live', source: 'docs', target: 'docs-new' }
const DONE = { read: 15, stored: 15, unchanged: 0, failed: 0, deleted: 0, points: 15, verified: 15, switched: ['live'] }
const REST = { dropped: true, tokens: 99, tokensLost: 0, seconds: 1, interrupted: false }

describe('what a migration became', () => {
  test('is told as it is where points were left out, with what to do before the first collection can go', () => {
    const left = { ...DONE, ...REST, stored: 12, failed: 3, points: 12, verified: 12, dropped: false }
    const lines = describeMigration(PLAN, left, 'store', true).join('\n')
    expect(lines).toContain('verified: 12 of the 15 points of "docs", vectors of 12 points')
    expect(lines).toContain('"live" stands for "docs-new" now')
    expect(lines).toMatch(/"docs" is still there and was not dropped: 3 points left out .*--to docs-new --drop-old$/)
    const kept = describeMigration(PLAN, left, 'store', false).at(-1)
    expect(kept).toBe('"docs" is still there: to go back, migrate to its model with --to and its name')
  })

  test('says that there are as many points where there are', () => {
    const lines = describeMigration(PLAN, { ...DONE, ...REST }, 'store', true)
    expect(lines).toContain('verified: as many points as "docs", vectors of 15 points made again and the same')
    expect(lines.at(-1)).toBe('"docs" was dropped')
  })
})
