import { describe, expect, test } from 'vitest'
import { MemoryBudget } from '../../src/serve/memory-budget.js'

describe('MemoryBudget', () => {
  test('refuses with 413 what alone is too much, with 429 what is too much beside the others', () => {
    const budget = new MemoryBudget(100)
    const [one, two] = [budget.open(), budget.open()]
    one.take(60)
    expect(() => two.take(101)).toThrow(expect.objectContaining({ status: 413 }))
    expect(() => two.take(41)).toThrow(expect.objectContaining({ status: 429, headers: { 'retry-after': '1' } }))
    two.take(40)
    expect(budget.heldBytes).toBe(100)
    one.release()
    one.release()
    two.release()
    expect(budget.heldBytes).toBe(0)
  })
})
