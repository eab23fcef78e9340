import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { BatchReport, Lane } from '../../../src/serve/models/lane.js'
import { WorkQueue } from '../../../src/serve/models/work-queue.js'

const NEVER = new AbortController().signal

/** A lane whose batches end when they are told to; each item becomes its text in capitals. */
class HeldLane implements Lane<string, string> {
  readonly key: string
  readonly isUrgent: boolean
  readonly batches: { readonly items: readonly string[]; readonly signal: AbortSignal; end(error?: Error): void }[] = []

  constructor(key: string, isUrgent = false) {
    this.key = key
    this.isUrgent = isUrgent
  }

  run(items: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
    return new Promise((resolve, reject) => {
      const end = (error?: Error) => (error ? reject(error) : resolve(items.map((item) => item.toUpperCase())))
      this.batches.push({ items, signal, end })
    })
  }
}

/** Every item is worth its length. */
const tokensOf = (item: string) => item.length
const text = (name: string, length = 100) => name.padEnd(length, '.')
const names = (items: readonly string[]) => items.map((item) => item[0]).join('')

/** Lets the queue take what it can. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await nextTurn()
}

function open(options: Partial<ConstructorParameters<typeof WorkQueue>[0]> = {}) {
  return new WorkQueue({ concurrency: 1, batchTokens: 300, backlogTokens: 1_000, watchfulMs: 0, ...options })
}

describe('WorkQueue', () => {
  test('texts of several requests that came while a worker was busy share a batch, within its tokens', async () => {
    const reports: BatchReport[] = []
    const queue = open({ onBatch: (report) => reports.push(report) })
    const lane = new HeldLane('a')
    const first = queue.submit(lane, [text('a')], tokensOf, NEVER)
    await settle()
    const later = ['b', 'c', 'd', 'e'].map((name) => queue.submit(lane, [text(name)], tokensOf, NEVER))
    lane.batches[0]!.end()
    await settle()
    expect(lane.batches.map(({ items }) => names(items))).toEqual(['a', 'bcd'])
    lane.batches[1]!.end()
    await settle()
    lane.batches[2]!.end()
    expect(names((await Promise.all([first, ...later])).flat())).toBe('ABCDE')
    expect(reports.map(({ items, requests }) => [items, requests])).toEqual([
      [1, 1],
      [3, 3],
      [1, 1],
    ])
  })

  test('a request is shared out among idle workers, and its results come in the order of its texts', async () => {
    const queue = open({ concurrency: 2, batchTokens: 10_000 })
    const lane = new HeldLane('a')
    const all = queue.submit(
      lane,
      [...'abcdefgh'].map((name) => text(name)),
      tokensOf,
      NEVER,
    )
    await settle()
    expect(lane.batches.map(({ items }) => names(items))).toEqual(['abcd', 'efgh'])
    lane.batches[1]!.end()
    lane.batches[0]!.end()
    expect(names(await all)).toBe('ABCDEFGH')
  })

  test('a query goes in front of the documents that wait, and lanes are not mixed', async () => {
    const queue = open()
    const documents = new HeldLane('documents')
    const queries = new HeldLane('queries', true)
    void queue.submit(
      documents,
      [...'abcdef'].map((name) => text(name)),
      tokensOf,
      NEVER,
    )
    await settle()
    const query = queue.submit(queries, [text('q')], tokensOf, NEVER)
    documents.batches[0]!.end()
    await settle()
    expect(documents.batches).toHaveLength(1)
    queries.batches[0]!.end()
    expect(names(await query)).toBe('Q')
    await settle()
    expect(names(documents.batches[1]!.items)).toBe('def')
  })

  test('documents go in small batches while queries come, so that the next query waits for little', async () => {
    const queue = open({ watchfulMs: Number.POSITIVE_INFINITY })
    const documents = new HeldLane('documents')
    const queries = new HeldLane('queries', true)
    const before = queue.submit(documents, [text('a'), text('b'), text('c')], tokensOf, NEVER)
    await settle()
    const query = queue.submit(queries, [text('q')], tokensOf, NEVER)
    documents.batches[0]!.end()
    await settle()
    const after = queue.submit(documents, [text('d'), text('e')], tokensOf, NEVER)
    queries.batches[0]!.end()
    await settle()
    documents.batches[1]!.end()
    await settle()
    documents.batches[2]!.end()
    await Promise.all([before, query, after])
    expect(documents.batches.map(({ items }) => names(items))).toEqual(['abc', 'd', 'e'])
  })

  test('of several workers one waits for the next query while queries come, however many documents wait', async () => {
    const queue = open({ concurrency: 3, watchfulMs: Number.POSITIVE_INFINITY })
    const documents = new HeldLane('documents')
    const queries = new HeldLane('queries', true)
    const first = queue.submit(queries, [text('p')], tokensOf, NEVER)
    await settle()
    queries.batches[0]!.end()
    await first
    const many = Array.from({ length: 12 }, () => text('d'))
    void queue.submit(documents, many, tokensOf, NEVER)
    await settle()
    expect(documents.batches).toHaveLength(2)
    const query = queue.submit(queries, [text('q')], tokensOf, NEVER)
    await settle()
    queries.batches[1]!.end()
    expect(names(await query)).toBe('Q')
    await settle()
    expect(documents.batches).toHaveLength(2)
    documents.batches[0]!.end()
    await settle()
    expect(documents.batches).toHaveLength(3)
  })

  test('once no queries come any more all workers are there for documents', async () => {
    const queue = open({ concurrency: 2, watchfulMs: 0 })
    const documents = new HeldLane('documents')
    const queries = new HeldLane('queries', true)
    const query = queue.submit(queries, [text('q')], tokensOf, NEVER)
    await settle()
    queries.batches[0]!.end()
    await query
    const many = Array.from({ length: 12 }, () => text('d'))
    void queue.submit(documents, many, tokensOf, NEVER)
    await settle()
    expect(documents.batches).toHaveLength(2)
  })

  test('documents get their turn under a steady load of queries', async () => {
    const queue = open({ batchTokens: 100 })
    const documents = new HeldLane('documents')
    const queries = new HeldLane('queries', true)
    void queue.submit(
      queries,
      Array.from({ length: 20 }, () => text('q')),
      tokensOf,
      NEVER,
    )
    void queue.submit(documents, [text('d')], tokensOf, NEVER)
    await settle()
    for (let done = 0; documents.batches.length === 0 && done < 20; done++) {
      queries.batches[done]!.end()
      await settle()
    }
    expect(queries.batches).toHaveLength(8)
    expect(documents.batches).toHaveLength(1)
  })

  test('beyond the backlog documents are refused with 429 and a time to wait, queries are not', async () => {
    const queue = open({ backlogTokens: 500 })
    const lane = new HeldLane('documents')
    const much = queue.submit(
      lane,
      Array.from({ length: 9 }, () => text('d')),
      tokensOf,
      NEVER,
    )
    await settle()
    expect(queue.waitingTokens(false)).toBe(600)
    expect(() => queue.requireRoom(false)).toThrow(
      expect.objectContaining({ status: 429, code: 'OVERLOADED', headers: { 'retry-after': '1' } }),
    )
    expect(() => queue.requireRoom(true)).not.toThrow()
    lane.batches[0]!.end()
    await settle()
    expect(() => queue.requireRoom(false)).not.toThrow()
    for (const at of [1, 2]) {
      lane.batches[at]!.end()
      await settle()
    }
    expect(await much).toHaveLength(9)
  })

  test('a request that is cancelled leaves the queue, and its batch is stopped once nobody waits for it', async () => {
    const queue = open()
    const lane = new HeldLane('a')
    const [leaving, staying] = [new AbortController(), new AbortController()]
    const left = queue.submit(lane, [text('a'), text('b'), text('c'), text('d')], tokensOf, leaving.signal)
    await settle()
    leaving.abort()
    await expect(left).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(lane.batches[0]!.signal.aborted).toBe(true)
    expect(queue.waitingTokens(false)).toBe(0)
    lane.batches[0]!.end(new Error('stopped'))

    const again = new AbortController()
    const one = queue.submit(lane, [text('e')], tokensOf, again.signal)
    const two = queue.submit(lane, [text('f')], tokensOf, staying.signal)
    await settle()
    again.abort()
    await expect(one).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(names(lane.batches[1]!.items)).toBe('ef')
    expect(lane.batches[1]!.signal.aborted).toBe(false)
    lane.batches[1]!.end()
    expect(names(await two)).toBe('F')
  })

  test('a request whose text fails a batch is the only one that fails', async () => {
    const queue = open()
    const failing: Lane<string, string> = {
      key: 'a',
      isUrgent: false,
      run: async (items) => {
        if (items.some((item) => item.startsWith('x'))) throw new Error('x is a bad text')
        return items
      },
    }
    const answers = await Promise.allSettled(
      ['a', 'x', 'c'].map((name) => queue.submit(failing, [text(name)], tokensOf, NEVER)),
    )
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  })
})
