import { afterEach, beforeEach, expect, test } from 'vitest'
import type { PartQueue, Taken } from '../../src/queue/part-queue.js'

/** A queue that is empty at the beginning, and what closes it. */
export interface QueueSetup {
  open(): Promise<PartQueue>
  close(): Promise<void>
}

const PART_TRIES = 3

/** What every queue does. */
export function describePartQueue(setUp: () => Promise<QueueSetup>): void {
  let setup: QueueSetup
  let queue: PartQueue

  beforeEach(async () => {
    setup = await setUp()
    queue = await setup.open()
  })
  afterEach(async () => {
    await queue.close()
    await setup.close()
  })

  /** Waits for what is tried again later, too. */
  const next = async (): Promise<Taken> => {
    for (let tries = 0; tries < 60; tries++) {
      const taken = await queue.take()
      if (taken !== null) return taken
    }
    throw new Error('nothing came')
  }

  test('gives out the parts in their order with what they were added with, then the end once', async () => {
    expect(await queue.take()).toBeNull()
    expect(await queue.add({ id: 'run', content: { a: 1 }, parts: ['x', { y: [1] }] })).toBe(true)
    expect(await queue.openRuns()).toEqual(['run'])
    const first = await next()
    const second = await next()
    expect([first, second]).toMatchObject([
      { kind: 'part', run: 'run', index: 0, content: 'x' },
      { kind: 'part', run: 'run', index: 1, content: { y: [1] } },
    ])
    expect(await queue.take()).toBeNull()
    await second.finish({ documents: 2 })
    expect(await queue.take()).toBeNull()
    await first.finish({ documents: 1 })
    const end = await next()
    expect(end).toMatchObject({ kind: 'end', run: 'run' })
    const state = await queue.describe('run')
    expect(state).toMatchObject({ state: 'ending', content: { a: 1 }, parts: { total: 2, done: 2 }, setAside: [] })
    expect(state!.results).toHaveLength(2)
    expect(state!.results).toEqual(expect.arrayContaining([{ documents: 1 }, { documents: 2 }]))
    await end.finish({ all: 3 })
    expect(await queue.take()).toBeNull()
    expect(await queue.describe('run')).toMatchObject({ state: 'done', result: { all: 3 }, failure: null })
    expect(await queue.openRuns()).toEqual([])
    expect(await queue.listRuns()).toEqual(['run'])
  })

  test('a part that is under way is not given to another, and one that is given back is', async () => {
    await queue.add({ id: 'run', content: null, parts: [0] })
    const first = await next()
    await first.progress({ worker: 'w', documents: 5, documentsPerSecond: 2, tokensPerSecond: 50 })
    expect(await queue.take()).toBeNull()
    expect(await queue.describe('run')).toMatchObject({
      state: 'working',
      parts: { total: 1, done: 0, working: 1, waiting: 0 },
      working: [{ index: 0, worker: 'w', documents: 5 }],
    })
    expect(await queue.counts()).toEqual({ working: 1, waiting: 0, setAside: 0 })
    await first.release()
    expect(await queue.counts()).toEqual({ working: 0, waiting: 1, setAside: 0 })
    expect(await next()).toMatchObject({ index: 0 })
  })

  test('a part that fails three times is set aside with its reason, and the run ends; retry gives it out again', async () => {
    await queue.add({ id: 'run', content: 'c', parts: ['good', 'bad'] })
    const failed: boolean[] = []
    for (let taken = await next(); taken.kind === 'part'; taken = await next()) {
      if (taken.content === 'good') await taken.finish('done')
      else failed.push(await taken.fail(`reason ${failed.length}`))
      if (failed.length === PART_TRIES) break
    }
    expect(failed).toEqual([false, false, true])
    const end = await next()
    expect(await queue.retry('run')).toBeNull()
    await end.finish('one')
    expect(await queue.describe('run')).toMatchObject({
      state: 'done',
      parts: { total: 2, done: 1, setAside: 1 },
      setAside: [{ index: 1, reason: 'reason 2' }],
    })
    expect(await queue.retry('run')).toBe(1)
    const again = await next()
    expect(again).toMatchObject({ kind: 'part', index: 1, content: 'bad' })
    await again.finish('done, too')
    await (await next()).finish('two')
    const state = await queue.describe('run')
    expect(state).toMatchObject({
      state: 'done',
      content: 'c',
      parts: { total: 2, done: 2, setAside: 0 },
      result: 'two',
    })
    expect(state!.results).toEqual(expect.arrayContaining(['done', 'done, too']))
    expect(await queue.retry('run')).toBeNull()
  })

  test('an end that fails is tried again, and failed for good after three times, until retry', async () => {
    await queue.add({ id: 'run', content: null, parts: [0] })
    await (await next()).finish(null)
    for (const isLast of [false, false, true]) expect(await (await next()).fail('no store')).toBe(isLast)
    expect(await queue.describe('run')).toMatchObject({ state: 'failed', failure: 'no store' })
    expect(await queue.openRuns()).toEqual([])
    expect(await queue.retry('run')).toBe(0)
    await (await next()).finish('well')
    expect(await queue.describe('run')).toMatchObject({ state: 'done', result: 'well' })
  })

  test('a run is added once while it goes on, and replaced when it has ended', async () => {
    await queue.add({ id: 'run', content: 1, parts: [0] })
    expect(await queue.add({ id: 'run', content: 2, parts: [0, 1] })).toBe(false)
    await (await next()).finish('r')
    await (await next()).finish('e')
    expect(await queue.add({ id: 'run', content: 3, parts: [0, 1] })).toBe(true)
    expect(await queue.describe('run')).toMatchObject({
      content: 3,
      state: 'working',
      parts: { total: 2, done: 0 },
      results: [],
      result: null,
    })
  })

  test('a run that is cancelled gives out nothing more, and ends when what is under way is done with', async () => {
    await queue.add({ id: 'run', content: null, parts: [0, 1, 2] })
    const first = await next()
    expect(await queue.cancel('run')).toBe(true)
    expect(await queue.take()).toBeNull()
    await first.finish('r')
    const end = await next()
    expect(end.kind).toBe('end')
    expect(await queue.describe('run')).toMatchObject({ isCancelled: true, parts: { done: 1, waiting: 0 } })
    await end.finish(null)
    expect(await queue.cancel('run')).toBe(false)
    expect(await queue.cancel('other')).toBe(false)
    expect(await queue.describe('other')).toBeNull()
  })

  test('a run that has ended with parts set aside is cancelled once: they are given up', async () => {
    await queue.add({ id: 'run', content: null, parts: ['bad'] })
    for (let tries = 0; tries < PART_TRIES; tries++) await (await next()).fail('no')
    await (await next()).finish('end')
    expect(await queue.counts()).toMatchObject({ setAside: 1 })
    expect(await queue.cancel('run')).toBe(true)
    expect(await queue.describe('run')).toMatchObject({
      state: 'done',
      isCancelled: true,
      setAside: [{ reason: 'no' }],
    })
    expect(await queue.counts()).toEqual({ working: 0, waiting: 0, setAside: 0 })
    expect(await queue.cancel('run')).toBe(false)
    expect(await queue.retry('run')).toBeNull()
    expect(await queue.take()).toBeNull()
  })

  test('many runs go on at once, and many that have ended are remembered', async () => {
    const ids = ['a', 'b', 'c', 'd', 'e']
    for (const id of ids) await queue.add({ id, content: id, parts: [0] })
    expect((await queue.openRuns()).sort()).toEqual(ids)
    for (const id of ids) expect(await queue.add({ id, content: 'again', parts: [] })).toBe(false)
    for (let i = 0; i < 2 * ids.length; i++) await (await next()).finish('well')
    expect(await queue.openRuns()).toEqual([])
    expect([...(await queue.listRuns())].sort()).toEqual(ids)
    for (const id of ids) expect(await queue.describe(id)).toMatchObject({ state: 'done', content: id, result: 'well' })
  })

  test('a run without parts has only its end', async () => {
    await queue.add({ id: 'run', content: null, parts: [] })
    expect(await next()).toMatchObject({ kind: 'end', run: 'run' })
  })
}
