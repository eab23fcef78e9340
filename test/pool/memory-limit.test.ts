import { describe, expect, test } from 'vitest'
import { InputError } from '../../src/errors.js'
import { MemoryLimit } from '../../src/pool/memory-limit.js'
import { workersWithin } from '../../src/pool/workers-within.js'

const FULL = { maxTexts: 256, maxLength: 16_384 }

describe('a memory limit', () => {
  test('halves pieces near the limit once for all that are under way, and doubles them again with room', () => {
    let rss = 100
    const limit = new MemoryLimit(1000, () => rss)
    const limits = limit.scaled(FULL)
    expect(limits).toMatchObject(FULL)
    rss = 900
    limit.look(2)
    expect(limits).toMatchObject({ maxTexts: 128, maxLength: 8192 })
    limit.look(2)
    limit.look(1)
    expect(limits.maxTexts).toBe(128)
    limit.look(0)
    expect(limits.maxTexts).toBe(64)
    rss = 700
    limit.look(0)
    expect(limits.maxTexts).toBe(64)
    rss = 500
    limit.look(0)
    expect(limits.maxTexts).toBe(128)
    limit.look(0)
    limit.look(0)
    expect(limits).toMatchObject(FULL)
  })

  test('never asks for pieces of less than one text, and is reached at its very bytes', () => {
    const limit = new MemoryLimit(1000, () => 1000)
    for (let i = 0; i < 100; i++) limit.look(0)
    expect(limit.scaled({ maxTexts: 10, maxLength: 10 })).toMatchObject({ maxTexts: 1, maxLength: 1 })
    expect(limit.isReached).toBe(true)
    expect(new MemoryLimit(1000, () => 999).isReached).toBe(false)
  })

  test('leaves room for as many workers as fit, and refuses less than one', () => {
    const dense = { dense: 'sentence-transformers/all-MiniLM-L6-v2' }
    expect(workersWithin(1e12, 64, dense)).toBe(64)
    expect(workersWithin(1e9, 64, dense)).toBeLessThan(8)
    expect(workersWithin(1e9, 64, dense)).toBeLessThan(workersWithin(1e9, 64, { sparse: 'Qdrant/bm25' }))
    expect(workersWithin(1e9, 64, dense, true)).toBeLessThan(workersWithin(1e9, 64, dense))
    expect(() => workersWithin(1e8, 2, dense)).toThrow(InputError)
  })
})
