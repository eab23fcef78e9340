import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Turns, type Waiting } from '../../../src/serve/models/turns.js'

const HEAD_START = 1_000

interface Request extends Waiting {
  readonly name: string
  left: number
}

function request(name: string, client: string, tokens: number, isUrgent = false): Request {
  return { name, client, isUrgent, takenTokens: 0, left: tokens }
}

/** Gives turns of so many tokens until nothing waits or as many as asked for were given. @returns whose they were */
function give(turns: Turns<Request>, count = Number.POSITIVE_INFINITY, tokens = 1_000): string[] {
  const names: string[] = []
  while (names.length < count) {
    const turn = turns.next()
    if (turn === undefined) break
    names.push(turn.name)
    turns.count(turn, tokens)
    turn.left -= tokens
    if (turn.left <= 0) turns.delete(turn)
  }
  return names
}

describe('turns', () => {
  test('a client with two hundred requests takes as many turns as a client with one at a time', () => {
    const turns = new Turns<Request>(HEAD_START)
    for (let i = 0; i < 200; i++) turns.add(request('flood', 'a', 1_000))
    give(turns, 20)
    let given = 0
    for (let i = 0; i < 10; i++) {
      turns.add(request('other', 'b', 1_000))
      const names = give(turns, 2)
      given += names.filter((name) => name === 'other').length
      expect(names).toContain('other')
    }
    expect(given).toBe(10)
  })

  test('a request of which nothing was taken comes before what is left of a large one of the same client', () => {
    const turns = new Turns<Request>(HEAD_START)
    turns.add(request('bulk', 'a', 20_000))
    give(turns, 5)
    turns.add(request('small', 'a', 1_000))
    expect(give(turns, 2)).toContain('small')
  })

  test('a large request gets on however many small ones come', () => {
    const turns = new Turns<Request>(HEAD_START)
    turns.add(request('bulk', 'a', 10_000))
    const names: string[] = []
    for (let i = 0; i < 45; i++) {
      turns.add(request('small', 'a', 1_000))
      names.push(...give(turns, 1))
    }
    expect(names.filter((name) => name === 'bulk').length).toBe(10)
  })

  test('what is not urgent gets on beside any number of urgent ones', () => {
    const turns = new Turns<Request>(HEAD_START)
    turns.add(request('upsert', 'a', 2_000))
    for (let i = 0; i < 100; i++) turns.add(request('query', 'a', 1_000, true))
    expect(give(turns, 18).filter((name) => name === 'upsert')).toHaveLength(2)
  })

  test('an urgent request of another client is ahead of a bulk that was served less', () => {
    const turns = new Turns<Request>(HEAD_START)
    turns.add(request('a1', 'a', 3_000))
    turns.add(request('b1', 'b', 3_000))
    give(turns, 2)
    turns.add(request('query', 'b', 500, true))
    expect(give(turns, 1, 500)).toEqual(['query'])
  })

  test('whoever waits is served, and over time no client more than another by a request and a head start', () => {
    const LARGEST = 5_000
    const one = fc.record({
      client: fc.constantFrom('a', 'b', 'c'),
      tokens: fc.integer({ min: 1, max: LARGEST }),
      isUrgent: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(one, { maxLength: 60 }), fc.integer({ min: 1, max: 800 }), (requests, quantum) => {
        const turns = new Turns<Request>(HEAD_START)
        for (const [i, { client, tokens, isUrgent }] of requests.entries()) {
          turns.add(request(`${client}${i}`, client, tokens, isUrgent))
        }
        const served = new Map<string, number>()
        const given = new Set<string>()
        while (turns.clients > 0) {
          const waiting = new Set([...turns].map(({ client }) => client))
          const [name] = give(turns, 1, quantum)
          given.add(name!)
          served.set(name![0]!, (served.get(name![0]!) ?? 0) + quantum)
          const sums = [...waiting].map((client) => served.get(client) ?? 0)
          if (waiting.size === 3)
            expect(Math.max(...sums) - Math.min(...sums)).toBeLessThanOrEqual(HEAD_START + 2 * quantum)
        }
        expect(given.size).toBe(requests.length)
      }),
    )
  })
})
