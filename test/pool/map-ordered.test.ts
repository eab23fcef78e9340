import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mapOrdered } from '../../src/pool/map-ordered.js'

/** A task whose end the test decides. */
function controlled() {
  const resolvers: ((value: number) => void)[] = []
  const rejecters: ((reason: Error) => void)[] = []
  const task = (item: number) =>
    new Promise<number>((resolve, reject) => {
      resolvers[item] = resolve
      rejecters[item] = reject
    })
  return { task, resolvers, rejecters }
}

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of source) items.push(item)
  return items
}

describe('mapOrdered', () => {
  test('gives the results in the order of the items whatever order the tasks end in', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(20), { maxLength: 60 }),
        fc.integer({ min: 1, max: 8 }),
        async (turns, concurrency) => {
          const task = async (item: { index: number; turns: number }) => {
            for (let turn = 0; turn < item.turns; turn++) await Promise.resolve()
            return item.index
          }
          const items = turns.map((count, index) => ({ index, turns: count }))
          expect(await collect(mapOrdered(items, concurrency, task))).toEqual(items.map(({ index }) => index))
        },
      ),
      { numRuns: 50 },
    )
  })

  test('starts no more tasks than it may have under way', async () => {
    let underWay = 0
    let most = 0
    const task = async (item: number) => {
      underWay += 1
      most = Math.max(most, underWay)
      await new Promise((resolve) => setImmediate(resolve))
      underWay -= 1
      return item
    }
    await collect(
      mapOrdered(
        Array.from({ length: 40 }, (_, i) => i),
        3,
        task,
      ),
    )
    expect(most).toBe(3)
  })

  test('waits for what is under way before it passes a failure on', async () => {
    const { task, resolvers, rejecters } = controlled()
    const result = collect(mapOrdered([0, 1], 2, task))
    await new Promise((resolve) => setImmediate(resolve))
    rejecters[0]!(new Error('first failed'))
    let isSettled = false
    void result
      .catch(() => {})
      .finally(() => {
        isSettled = true
      })
    await new Promise((resolve) => setImmediate(resolve))
    expect(isSettled).toBe(false)
    resolvers[1]!(1)
    await expect(result).rejects.toThrow('first failed')
  })
})
