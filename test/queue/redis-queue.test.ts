import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { KEPT_RUNS, type Taken } from '../../src/queue/part-queue.js'
import { redisAddress } from '../../src/queue/redis-address.js'
import { RedisQueue } from '../../src/queue/redis-queue.js'
import { describePartQueue } from './part-queue.contract.js'
import { hasRedis, RedisServer } from './redis-server.js'

const LEASE_MS = 1000

describe.skipIf(!hasRedis)('the queue in Redis', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await RedisServer.start()
  })
  afterAll(() => redis?.stop())
  const open = async () => RedisQueue.open(await redisAddress(redis.url, {}), { leaseMs: LEASE_MS })

  describePartQueue(async () => {
    await redis.flush()
    return { open, close: async () => {} }
  })

  const next = async (queue: RedisQueue): Promise<Taken> => {
    for (;;) {
      const taken = await queue.take()
      if (taken !== null) return taken
    }
  }

  test('a part whose worker is gone goes to another after its lease, and what the first says no longer counts', async () => {
    await redis.flush()
    const first = await open()
    await first.add({ id: 'run', content: null, parts: ['p'] })
    const abandoned = await next(first)
    // it renews its lease no longer, as if it had been killed
    await first.close()
    const second = await open()
    const again = await next(second)
    expect(again).toMatchObject({ kind: 'part', index: 0, content: 'p' })
    await again.finish('by the second')
    expect((await second.describe('run'))!.results).toEqual(['by the second'])
    expect(abandoned.lost.aborted).toBe(false)
    await second.close()
  })

  test('a lease is renewed as long as its worker lives, and survives a Redis that is killed and comes back', async () => {
    await redis.flush()
    const [one, other] = [await open(), await open()]
    await one.add({ id: 'run', content: null, parts: ['p'] })
    const mine = await next(one)
    await redis.kill()
    await redis.restart()
    // for longer than a lease the other one gets nothing, although it asks
    for (const until = Date.now() + 2 * LEASE_MS; Date.now() < until; ) expect(await other.take()).toBeNull()
    expect(mine.lost.aborted).toBe(false)
    await mine.finish('mine')
    expect((await next(other)).kind).toBe('end')
    await Promise.all([one.close(), other.close()])
  })

  test('a retry that is cut off after its first step has given out each part once, and lost no result', async () => {
    await redis.flush()
    const queue = await open()
    const doAll = async (parts: Readonly<Record<string, boolean>>) => {
      for (let taken = await next(queue); ; taken = await next(queue)) {
        if (taken.kind === 'end') return taken.finish('end')
        if (parts[String(taken.content)]) await taken.finish(`${taken.content} done`)
        else await taken.fail('no')
      }
    }
    await queue.add({ id: 'run', content: 'c', parts: ['a', 'b'] })
    await doAll({ a: true, b: false })
    // this user may add, and not delete
    const client = redis.client()
    await client.call('ACL', 'SETUSER', 'halfway', 'on', '>word', '~*', '&*', '+@all', '-del')
    const halfway = await RedisQueue.open(await redisAddress(undefined, { REDIS_URL: redis.urlOf('halfway', 'word') }))
    await expect(halfway.retry('run')).rejects.toThrow()
    await halfway.close()
    expect(await queue.retry('run')).toBeNull()
    expect(await queue.openRuns()).toEqual(['run'])
    expect(await queue.listRuns()).toEqual(['run'])
    expect(await queue.add({ id: 'run', content: 'other', parts: [] })).toBe(false)
    expect(await queue.describe('run')).toMatchObject({
      state: 'working',
      content: 'c',
      parts: { done: 1, waiting: 1 },
    })
    await doAll({ b: false })
    expect(await queue.retry('run')).toBe(1)
    await doAll({ b: true })
    const state = (await queue.describe('run'))!
    expect(state).toMatchObject({ state: 'done', parts: { total: 2, done: 2, setAside: 0 }, result: 'end' })
    expect([...state.results].sort()).toEqual(['a done', 'b done'])
    expect(await queue.counts()).toEqual({ working: 0, waiting: 0, setAside: 0 })
    await client.call('ACL', 'DELUSER', 'halfway')
    client.disconnect()
    await queue.close()
  })

  test('the last hundred runs that ended stay, and those with parts set aside until they are cancelled; of the others nothing is left', async () => {
    await redis.flush()
    const queue = await open()
    const client = redis.client()
    const endMany = async (name: string) => {
      for (let i = 0; i < KEPT_RUNS; i++) {
        await queue.add({ id: `${name}${i}`, content: null, parts: [] })
        await (await next(queue)).finish(null)
      }
    }
    const keysOf = (run: string) =>
      client.keys(`*:${run}[:~-]*`).then(async (keys) => [...keys, ...(await client.keys(`*:${run}`))])
    await queue.add({ id: 'good', content: null, parts: ['p'] })
    for (let i = 0; i < 2; i++) await (await next(queue)).finish('well')
    await queue.add({ id: 'bad', content: 'c', parts: ['p', 'q'] })
    for (let taken = await next(queue); ; taken = await next(queue)) {
      if (taken.kind === 'end') {
        await taken.finish('end')
        break
      }
      if (taken.content === 'p') await taken.finish('well')
      else await taken.fail('no')
    }
    expect(await keysOf('good')).not.toEqual([])
    await endMany('one')
    expect(await keysOf('good')).toEqual([])
    expect(await queue.describe('good')).toBeNull()
    expect(await queue.listRuns()).toHaveLength(KEPT_RUNS + 1)
    expect(await queue.describe('bad')).toMatchObject({ content: 'c', setAside: [{ index: 1 }], results: ['well'] })
    expect(await queue.retry('bad')).toBe(1)
    for (let tries = 0; tries < 3; tries++) await (await next(queue)).fail('no')
    await (await next(queue)).finish('end')
    expect(await queue.cancel('bad')).toBe(true)
    await endMany('two')
    expect(await queue.describe('bad')).toBeNull()
    expect(await keysOf('bad')).toEqual([])
    expect(await queue.listRuns()).toEqual(Array.from({ length: KEPT_RUNS }, (_, i) => `two${i}`))
    client.disconnect()
    await queue.close()
  })

  test('parts of a run are there all or not at all', async () => {
    await redis.flush()
    const queue = await open()
    const parts = Array.from({ length: 2000 }, (_, i) => ({ i }))
    await queue.add({ id: 'run', content: null, parts })
    expect(await queue.describe('run')).toMatchObject({ parts: { total: 2000, waiting: 2000 } })
    await queue.close()
  })
})

describe.skipIf(!hasRedis)('the address of a queue', () => {
  let redis: RedisServer
  const folder = mkdtempSync(join(tmpdir(), 'offgrid-queue-'))
  beforeAll(async () => {
    redis = await RedisServer.start('s3cret word')
  })
  afterAll(async () => {
    await redis?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  test('takes the password from a file or from REDIS_URL, and names a wrong one without showing it', async () => {
    const file = join(folder, 'password')
    writeFileSync(file, 's3cret word\n')
    const addresses = [
      await redisAddress(redis.url, { QUEUE_PASSWORD_FILE: file }),
      await redisAddress(undefined, { REDIS_URL: `redis://:s3cret%20word@127.0.0.1:${redis.port}` }),
    ]
    for (const address of addresses) {
      expect(address.location).toBe(redis.url)
      const queue = await RedisQueue.open(address)
      expect(await queue.listRuns()).toEqual([])
      await queue.close()
    }
    const wrong = await redisAddress(undefined, { REDIS_URL: `redis://:guess@127.0.0.1:${redis.port}` })
    const error = await RedisQueue.open(wrong).catch((caught: Error) => caught)
    expect(error).toMatchObject({ code: 'QUEUE_REFUSED' })
    expect((error as Error).message).not.toContain('guess')
  })

  test('is refused with a password on the command line, and where it is no address', async () => {
    const refused = { code: 'INVALID_OPTION' }
    await expect(redisAddress('redis://:geheim@host', {})).rejects.toMatchObject(refused)
    await expect(redisAddress('http://host', {})).rejects.toMatchObject(refused)
    await expect(redisAddress('redis', {})).rejects.toMatchObject(refused)
    await expect(redisAddress(undefined, {})).rejects.toMatchObject(refused)
    expect(await redisAddress('rediss://user@[::1]:7000/2', {})).toEqual({
      ...{ host: '::1', port: 7000, db: 2, username: 'user', isTls: true, location: 'rediss://[::1]:7000/2' },
    })
  })
})

test('a queue that does not answer is named', async () => {
  const sleeper = spawn(process.execPath, [
    '-e',
    "const s=require('net').createServer(()=>{}).listen(0,'127.0.0.1',()=>console.log(s.address().port))",
  ])
  const [port] = (await once(sleeper.stdout, 'data')) as [Buffer]
  const address = await redisAddress(`redis://127.0.0.1:${String(port).trim()}`, {})
  await expect(RedisQueue.open(address, { firstAnswerMs: 200 })).rejects.toMatchObject({ code: 'QUEUE_UNREACHABLE' })
  sleeper.kill('SIGKILL')
})
