import { describe, expect, test } from 'vitest'
import { MemoryBudget } from '../../src/serve/memory-budget.js'
import { OpenLimit } from '../../src/serve/open-limit.js'

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

describe('OpenLimit', () => {
  test('refuses another encoder once as many are open as may be, and goes on with those', async () => {
    const limit = new OpenLimit(2)
    await limit.use('a', async () => 1)
    await limit.use('b', async () => 2)
    await expect(limit.use('c', async () => 3)).rejects.toMatchObject({ status: 400, code: 'TOO_MANY_MODELS' })
    expect(await limit.use('a', async () => 4)).toBe(4)
  })

  test('an encoder that could not be opened takes no place', async () => {
    const limit = new OpenLimit(1)
    const fails = () => Promise.reject(new Error('no such file'))
    await expect(limit.use('a', fails)).rejects.toThrow('no such file')
    expect(await limit.use('b', async () => 2)).toBe(2)
    await expect(limit.use('b', fails)).rejects.toThrow('no such file')
    await expect(limit.use('c', async () => 3)).rejects.toMatchObject({ code: 'TOO_MANY_MODELS' })
  })
})
