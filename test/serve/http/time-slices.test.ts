import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { TimeSlices } from '../../../src/serve/http/time-slices.js'

const LOOPS = 40
/** Longer than a slice, so that each step ends one. */
const STEP_MS = 12

function work(): void {
  const begun = performance.now()
  while (performance.now() - begun < STEP_MS);
}

test('of many long loops one goes on in each turn of the event loop, in their order', async () => {
  const steps: number[] = []
  const loop = async (id: number) => {
    const slices = new TimeSlices()
    for (let step = 0; step < 2; step++) {
      work()
      steps.push(id)
      await slices.pause()
    }
  }
  const ids = Array.from({ length: LOOPS }, (_, id) => id)
  let isOver = false
  const loops = Promise.all(ids.map(loop)).then(() => {
    isOver = true
  })
  // all have begun in this turn; from here on each turn is one loop's
  expect(steps).toEqual(ids)
  while (!isOver) {
    const before = steps.length
    await nextTurn()
    expect(steps.length - before).toBeLessThanOrEqual(1)
  }
  await loops
  expect(steps).toEqual([...ids, ...ids])
})

test('a loop that takes no time does not wait', () => {
  expect(new TimeSlices().pause()).toBeUndefined()
})
