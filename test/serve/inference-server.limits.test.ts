import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { clientOf } from '../../src/serve/http/client-of.js'
import { Connections } from '../../src/serve/http/connections.js'
import { MemoryBudget } from '../../src/serve/http/memory-budget.js'
import { UnprovenBodies } from '../../src/serve/http/unproven-bodies.js'
import { countFilterConditions } from '../../src/serve/routes/count-conditions.js'

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

  test('a client never gets all that the others leave, so that there is something for the next one', () => {
    const budget = new MemoryBudget(1_000)
    const open = (client: string, bytes: number) => () => budget.open(client).take(bytes)
    expect(open('a', 751)).toThrow(expect.objectContaining({ status: 413 }))
    open('a', 700)()
    expect(open('a', 51)).toThrow(expect.objectContaining({ status: 429 }))
    open('a', 50)()
    open('b', 187)()
    expect(open('b', 1)).toThrow(expect.objectContaining({ status: 429 }))
    open('c', 40)()
    expect(budget.heldBytes).toBe(977)
  })
})

describe('UnprovenBodies', () => {
  function open(bodies: UnprovenBodies) {
    const given: number[] = []
    const body = bodies.open((why) => given.push(why.status))
    return { ...body, given }
  }

  test('the largest gives way to what comes, and all together hold no more than the budget', () => {
    const bodies = new UnprovenBodies({ bytes: 100, bodies: 10 })
    const [large, small] = [open(bodies), open(bodies)]
    large.take(90)
    small.take(9)
    small.take(10)
    expect([large.given, small.given, bodies.heldBytes]).toEqual([[429], [], 19])
    large.release()
    small.release()
    expect(bodies.heldBytes).toBe(0)
    expect(() => open(bodies).take(101)).toThrow(expect.objectContaining({ status: 413 }))
  })

  test('of too many the oldest gives way', () => {
    const bodies = new UnprovenBodies({ bytes: 100, bodies: 2 })
    const [first, second, third] = [open(bodies), open(bodies), open(bodies)]
    expect([first.given, second.given, third.given]).toEqual([[429], [], []])
    second.release()
    expect(open(bodies).given).toEqual([])
    expect(third.given).toEqual([])
  })
})

describe('clientOf', () => {
  test.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::'],
    ['2001:db8:1:2::7', '2001:db8:1:2::'],
    ['2001:db8::7', '2001:db8:0:0::'],
    ['fe80::1%eth0', 'fe80:0:0:0::'],
    ['::1', '0:0:0:0::'],
    [undefined, ''],
  ])('of %s is %s', (remoteAddress, client) => {
    expect(clientOf({ remoteAddress })).toBe(client)
  })
})

describe('Connections', () => {
  let server: Server
  const sockets: Socket[] = []
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy()
    server.close()
  })

  /** @returns the service's end of a new connection */
  async function connected(): Promise<Socket> {
    const accepted = once(server, 'connection')
    sockets.push(connect((server.address() as { port: number }).port, '127.0.0.1').on('error', () => {}))
    return (await accepted)[0]
  }

  async function start(): Promise<void> {
    server = createServer()
    await once(server.listen(0, '127.0.0.1'), 'listening')
  }

  test('one without a token gives way to a new one, first of all the oldest without a request', async () => {
    await start()
    const connections = new Connections(3, true)
    const [proven, busy, idle] = [await connected(), await connected(), await connected()]
    for (const socket of [proven, busy, idle]) connections.add(socket)
    connections.prove(proven)
    connections.beginRequest(busy)
    connections.add(await connected())
    expect([proven, busy, idle].map(({ destroyed }) => destroyed)).toEqual([false, false, true])
    await once(idle, 'close')
    expect(connections.size).toBe(3)
  })

  test('where all have a request under way it is the new one, and what has none gives way where there is no token', async () => {
    await start()
    const connections = new Connections(1, false)
    const first = await connected()
    connections.add(first)
    const end = connections.beginRequest(first)
    const second = await connected()
    connections.add(second)
    expect([first.destroyed, second.destroyed]).toEqual([false, true])
    await once(second, 'close')
    end()
    connections.add(await connected())
    expect(first.destroyed).toBe(true)
  })
})

test('conditions of a filter are counted however they are nested', () => {
  const one = { key: 'a', match: { value: 1 } }
  expect(countFilterConditions({})).toBe(0)
  expect(countFilterConditions({ must: one, should: [one, one], must_not: [] })).toBe(3)
  expect(countFilterConditions({ min_should: { conditions: [one, { must: [one] }], min_count: 1 } })).toBe(3)
  expect(countFilterConditions({ must: [{ nested: { key: 'a', filter: { must: [one, one] } } }] })).toBe(3)
})
