import { expect, test } from 'vitest'
import { UpsertWindow } from '../../../src/pipeline/runs/upsert-window.js'

/** An upsert that ends when it is told to. */
function upsert() {
  let end = () => {}
  let fail = (_error: Error) => {}
  const done = new Promise<void>((resolve, reject) => {
    end = resolve
    fail = reject
  })
  return { run: () => done, end, fail }
}

/** Whether a promise is settled by now. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol()
  await new Promise((resolve) => setImmediate(resolve))
  return (await Promise.race([promise, Promise.resolve(pending)])) !== pending
}

test('as many upserts as the limit are under way, and the next begins when one ends', async () => {
  const window = new UpsertWindow(2)
  const [a, b, c] = [upsert(), upsert(), upsert()]
  await window.add([1], a.run)
  await window.add([2], b.run)
  const third = window.add([3], c.run)
  expect(await isSettled(third)).toBe(false)
  b.end()
  await third
  const all = window.settle()
  expect(await isSettled(all)).toBe(false)
  a.end()
  c.end()
  await all
})

test('an id that is under way waits for it, so that the later point wins', async () => {
  const window = new UpsertWindow(4)
  const [a, b] = [upsert(), upsert()]
  await window.add([1, 2], a.run)
  const second = window.add([2, 3], b.run)
  expect(await isSettled(second)).toBe(false)
  a.end()
  await second
  b.end()
  await window.settle()
})

test('the first failure ends the next call, and nothing more is begun', async () => {
  const window = new UpsertWindow(1)
  const a = upsert()
  await window.add([1], a.run)
  a.fail(new Error('gone'))
  let begun = false
  const next = window.add([2], async () => {
    begun = true
  })
  await expect(next).rejects.toThrow('gone')
  await window.idle()
  await expect(window.settle()).rejects.toThrow('gone')
  expect(begun).toBe(false)
})
