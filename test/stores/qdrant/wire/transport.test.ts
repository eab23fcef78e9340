import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import type { StoreError } from '../../../../src/errors.js'
import { LocalClient } from '../../../../src/stores/local-client/local-client.js'
import { openQdrantStore, type QdrantStore } from '../../../../src/stores/qdrant/qdrant-store.js'
import type { QdrantStoreOptions } from '../../../../src/stores/qdrant/qdrant-store-options.js'
import { readEndpoint } from '../../../../src/stores/qdrant/wire/endpoint.js'
import { retryAfterMs } from '../../../../src/stores/qdrant/wire/retry.js'
import { type Fault, ListedFaults } from '../../../server/faults.js'
import { QdrantTestServer, type TestServerOptions } from '../../../server/qdrant-test-server.js'
import { RETRY_AFTER_SECONDS } from '../../../server/send-answer.js'
import { VirtualClock } from '../../../server/virtual-clock.js'

const KEY = 'secret-key-0123456789'

const closing: { close(): Promise<void> }[] = []

afterEach(async () => {
  for (const open of closing.splice(0).reverse()) await open.close()
})

async function startServer(options: Partial<TestServerOptions> = {}): Promise<QdrantTestServer> {
  const client = LocalClient.memory()
  closing.push(client)
  const server = await QdrantTestServer.start({ client, ...options })
  closing.push(server)
  return server
}

async function open(options: QdrantStoreOptions): Promise<QdrantStore> {
  const store = await openQdrantStore(options)
  closing.push(store)
  return store
}

async function failureOf(promise: Promise<unknown>): Promise<StoreError> {
  return promise.then(
    () => {
      throw new Error('expected a failure')
    },
    (error) => error,
  )
}

describe('a connection', () => {
  test('goes to the path of the URL', async () => {
    const server = await startServer({ prefix: '/behind/proxy' })
    const store = await open({ url: `${server.url}/` })
    expect(await store.listCollections()).toEqual([])
    expect(store.location).toBe(server.url)
    expect(server.requests.map((request) => request.path)).toEqual(['/', '/collections'])
  })

  test('over https trusts the authority of caFile and no other', async (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'offgrid-tls-'))
    closing.push({ close: async () => rmSync(folder, { recursive: true }) })
    try {
      const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2', '-nodes']
      const out = ['-keyout', 'key.pem', '-out', 'cert.pem']
      execFileSync(
        'openssl',
        ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', ...out, ...subject],
        {
          cwd: folder,
          stdio: 'ignore',
        },
      )
    } catch {
      context.skip('openssl is not installed: no certificate to test with')
    }
    const caFile = join(folder, 'cert.pem')
    const tls = { key: readFileSync(join(folder, 'key.pem'), 'utf8'), cert: readFileSync(caFile, 'utf8') }
    const server = await startServer({ tls })
    const store = await open({ url: server.url, caFile })
    expect(await store.listCollections()).toEqual([])
    const refused = await failureOf(openQdrantStore({ url: server.url, clock: new VirtualClock() }))
    expect(refused.code).toBe('STORE_UNREACHABLE')
    expect(refused.message).toMatch(/SELF_SIGNED|CERT/)
  })

  test('that the server closed while idle is replaced without a failure', async () => {
    const server = await startServer()
    const store = await open({ url: server.url, attempts: 1 })
    for (let i = 0; i < 5; i++) {
      server.closeIdleConnections()
      expect(await store.listCollections()).toEqual([])
    }
  })

  test('that the server closes right after each answer never surfaces', async () => {
    const closeAfter: Fault = { kind: 'closeAfter' }
    const server = await startServer({ faults: { next: () => closeAfter } })
    const store = await open({ url: server.url, attempts: 1 })
    for (let i = 0; i < 50; i++) expect(await store.listCollections()).toEqual([])
  })

  test('is kept alive between requests', async () => {
    const server = await startServer()
    const store = await open({ url: server.url })
    for (let i = 0; i < 5; i++) await store.listCollections()
    expect(server.connections).toBe(1)
  })

  test('to a port where nobody listens fails as unreachable, with the location', async () => {
    const free = createServer()
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve))
    const { port } = free.address() as { port: number }
    await new Promise((resolve) => free.close(resolve))
    const error = await failureOf(openQdrantStore({ url: `http://127.0.0.1:${port}`, clock: new VirtualClock() }))
    expect(error.code).toBe('STORE_UNREACHABLE')
    expect(error.message).toContain(`http://127.0.0.1:${port}`)
    expect(error.message).toContain('ECONNREFUSED')
  })
})

describe('the version check', () => {
  test('refuses a server that is too old, and says which version is needed', async () => {
    const server = await startServer({ version: '1.15.4' })
    const error = await failureOf(openQdrantStore({ url: server.url }))
    expect(error.code).toBe('SERVER_TOO_OLD')
    expect(error.message).toContain('expected Qdrant 1.16 or later, got 1.15.4')
  })

  test.each(['1.16.0', '1.18.3', '1.19.0-dev', '2.0.1'])('accepts version %s', async (version) => {
    const server = await startServer({ version })
    expect((await open({ url: server.url })).serverVersion).toBe(version)
  })

  test('refuses what is no Qdrant server', async () => {
    const server = await startServer({ version: '' })
    expect((await failureOf(openQdrantStore({ url: server.url }))).code).toBe('SERVER_UNKNOWN')
  })
})

describe('an API key', () => {
  test('is sent as a header and opens the server, from an option or a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'offgrid-key-'))
    closing.push({ close: async () => rmSync(folder, { recursive: true }) })
    const apiKeyFile = join(folder, 'key')
    writeFileSync(apiKeyFile, `${KEY}\n`)
    const server = await startServer({ apiKey: KEY })
    for (const options of [{ apiKey: KEY }, { apiKeyFile }]) {
      const store = await open({ url: server.url, ...options })
      expect(await store.listCollections()).toEqual([])
    }
    expect(server.requests.at(-1)?.headers['api-key']).toBe(KEY)
  })

  test('that is wrong or missing is told by the plain text of the server, without the key', async () => {
    const server = await startServer({ apiKey: 'another' })
    for (const options of [{ apiKey: KEY }, {}]) {
      const store = await open({ url: server.url, ...options })
      const error = await failureOf(store.listCollections())
      expect(error.code).toBe('STORE_UNAUTHORIZED')
      expect(error.status).toBe(401)
      expect(error.message).toContain('Must provide an API key')
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(KEY)
      expect(inspect(store, { depth: 9 })).not.toContain(KEY)
    }
  })

  test('is not in an error of the network', async () => {
    const reset: Fault = { kind: 'reset' }
    const server = await startServer({ faults: new ListedFaults([null, ...Array(9).fill(reset)]) })
    const store = await open({ url: server.url, apiKey: KEY, clock: new VirtualClock() })
    const error = await failureOf(store.listCollections())
    expect(error.code).toBe('STORE_UNREACHABLE')
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(KEY)
  })

  test.each(['http://user:pass-word@host:6333', 'http://host:6333/?api-key=pass-word', 'ftp://pass-word', 'pass-word'])(
    'in a URL is refused, and not repeated (%#)',
    async (url) => {
      const error = await failureOf(readEndpoint({ url }))
      expect(error.code).toBe('INVALID_OPTION')
      expect(error.message).not.toContain('pass-word')
    },
  )
})

describe('a request that fails for a while', () => {
  test.each<Fault>([
    { kind: 'reset' },
    { kind: 'resetAfter' },
    { kind: 'half' },
    { kind: 'stall', isApplied: true },
    ...[408, 429, 500, 502, 503, 504].map((status) => ({ kind: 'status', status }) as const),
  ])('is answered in the end after %o', async (fault) => {
    const server = await startServer({ faults: new ListedFaults([null, fault, fault]) })
    const store = await open({ url: server.url, clock: new VirtualClock(), timeoutMs: 500 })
    expect(await store.listCollections()).toEqual([])
    expect(server.requests.length).toBeGreaterThanOrEqual(4)
  })

  test('is tried as often as asked and no more', async () => {
    const failing: Fault = { kind: 'status', status: 500 }
    const server = await startServer({ faults: new ListedFaults([null, ...Array(20).fill(failing)]) })
    const store = await open({ url: server.url, clock: new VirtualClock(), attempts: 3 })
    const error = await failureOf(store.listCollections())
    expect(error.code).toBe('STORE_FAILED')
    expect(server.requests.length).toBe(1 + 3)
  })

  test('waits a random time below a bound that doubles', async () => {
    const failing: Fault = { kind: 'status', status: 500 }
    const server = await startServer({ faults: new ListedFaults([null, ...Array(7).fill(failing)]) })
    const clock = new VirtualClock()
    const store = await open({ url: server.url, clock, attempts: 8 })
    await store.listCollections()
    expect(clock.slept.length).toBe(7)
    for (const [i, ms] of clock.slept.entries()) expect(ms).toBeLessThanOrEqual(Math.min(2000, 100 * 2 ** i))
    expect(new Set(clock.slept).size).toBe(7)
  })

  test.each(['seconds', 'date'] as const)(
    'waits as long as Retry-After says in %s, and does not count it as a try',
    async (retryAfter) => {
      const busy: Fault = { kind: 'status', status: 429, retryAfter }
      const clock = new VirtualClock(1, Date.UTC(2026, 0, 1, 0, 0, 0, 700))
      const server = await startServer({
        faults: new ListedFaults([null, ...Array(10).fill(busy)]),
        now: () => clock.now(),
      })
      const store = await open({ url: server.url, clock, attempts: 1 })
      expect(await store.listCollections()).toEqual([])
      const [, ...calls] = server.requests
      expect(calls.length).toBe(11)
      for (let i = 1; i < calls.length; i++) {
        expect(calls[i]!.at - calls[i - 1]!.at).toBeGreaterThanOrEqual(RETRY_AFTER_SECONDS * 1000)
      }
    },
  )

  test('is given up when the server asks for more time than there is', async () => {
    const busy: Fault = { kind: 'status', status: 429, retryAfter: 'seconds' }
    const server = await startServer({ faults: { next: () => busy } })
    const error = await failureOf(openQdrantStore({ url: server.url, clock: new VirtualClock() }))
    expect(error.code).toBe('STORE_BUSY')
  })

  test('does not hammer a server that asks for no time at all', async () => {
    const busy: Fault = { kind: 'status', status: 429, retryAfter: 'now' }
    const server = await startServer({ faults: new ListedFaults([null, ...Array(12).fill(busy)]) })
    const clock = new VirtualClock()
    const store = await open({ url: server.url, clock, attempts: 1 })
    expect(await store.listCollections()).toEqual([])
    expect(clock.slept.length).toBe(12)
    for (const [i, ms] of clock.slept.entries()) expect(ms).toBeLessThanOrEqual(Math.min(2000, 100 * 2 ** i))
    expect(Math.max(...clock.slept)).toBeGreaterThan(500)
  })

  test('says so when the server asks for more time than a request is tried', async () => {
    const busy: Fault = { kind: 'status', status: 429, retryAfter: 'seconds' }
    const server = await startServer({ faults: new ListedFaults([null, busy]) })
    const store = await open({ url: server.url, clock: new VirtualClock(), giveUpAfterMs: 1000 })
    const error = await failureOf(store.listCollections())
    expect(error.code).toBe('STORE_BUSY')
    expect(error.message).toContain('asks to wait 2 s, which is longer than this request is tried')
    // the next request is not held up by it
    expect(await store.listCollections()).toEqual([])
  })

  test('is tried until the time to give up, when one is given, and tells of each try', async () => {
    const failing: Fault = { kind: 'status', status: 503 }
    const server = await startServer({ faults: { next: () => (server?.requests.length === 0 ? null : failing) } })
    const clock = new VirtualClock()
    const store = await open({ url: server.url, clock, giveUpAfterMs: 60_000 })
    const told: number[] = []
    store.onRetry = ({ sinceMs }) => told.push(sinceMs)
    const began = clock.now()
    const error = await failureOf(store.listCollections())
    expect(error.code).toBe('STORE_FAILED')
    expect(clock.now() - began).toBeGreaterThan(50_000)
    expect(clock.now() - began).toBeLessThanOrEqual(60_000)
    expect(told.length).toBe(store.retries)
    expect(told.at(-1)).toBeGreaterThan(50_000)
  })

  test('is not tried again when the request itself is refused', async () => {
    const server = await startServer()
    const store = await open({ url: server.url, clock: new VirtualClock() })
    const error = await failureOf(store.query('missing', { query: [1] }))
    expect(error.code).toBe('COLLECTION_MISSING')
    expect(server.requests.length).toBe(2)
  })

  test('is not tried again when it would create a collection twice', async () => {
    const server = await startServer({ faults: new ListedFaults([null, { kind: 'resetAfter' }]) })
    const store = await open({ url: server.url, clock: new VirtualClock() })
    const error = await failureOf(store.createCollection('once', { vectors: { a: { size: 2, distance: 'Dot' } } }))
    expect(error.code).toBe('STORE_UNREACHABLE')
    expect(server.requests.filter((request) => request.method === 'PUT').length).toBe(1)
  })
})

describe('Retry-After', () => {
  const NOW = Date.UTC(2026, 0, 1)

  test.each([
    ['30', 30_000],
    ['2', 2000],
    [' 120 ', 120_000],
    ['0', 0],
    ['1.5', 1500],
    ['-5', undefined],
    ['3600 s', undefined],
    ['99999999999', 99_999_999_999_000],
    ['Thursday, 01-Jan-26 00:00:30 GMT', 30_000],
    ['Thu Jan  1 00:00:30 2026', 30_000],
    ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
    ['Thu, 01 Jan 2025 00:00:30 GMT', 0],
    ['soon', undefined],
    [undefined, undefined],
  ])('of %s is %s ms', (header, ms) => {
    expect(retryAfterMs(header, NOW)).toBe(ms)
  })

  test('as a date is read by the clock of the server, where that runs hours before ours', () => {
    const header = 'Thu, 01 Jan 2026 05:00:30 GMT'
    expect(retryAfterMs(header, NOW, 'Thu, 01 Jan 2026 05:00:00 GMT')).toBe(30_000)
    expect(retryAfterMs(header, NOW, 'nonsense')).toBe(5 * 3_600_000 + 30_000)
  })
})

describe('the first contact', () => {
  /** A socket that takes connections and says nothing. */
  async function startSilence() {
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => {})
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closing.push({
      close: async () => {
        for (const socket of sockets) socket.destroy()
        await new Promise((resolve) => server.close(resolve))
      },
    })
    return { port: (server.address() as AddressInfo).port, sockets }
  }

  test('with a server that hangs ends after the time for a first answer, all tries together', async () => {
    const { port, sockets } = await startSilence()
    const error = await failureOf(openQdrantStore({ url: `http://127.0.0.1:${port}`, firstAnswerTimeoutMs: 300 }))
    expect(error.code).toBe('STORE_TIMEOUT')
    expect(error.message).toContain('no answer within 0.3 s. Is this a Qdrant server')
    // one try of 300 ms, not four
    expect(sockets.size).toBe(1)
  })

  test('where no connection comes about ends after the time for that, TLS included', async () => {
    const { port } = await startSilence()
    const options = { connectTimeoutMs: 100, attempts: 1 }
    const error = await failureOf(openQdrantStore({ url: `https://127.0.0.1:${port}`, ...options }))
    expect(error.code).toBe('STORE_UNREACHABLE')
    expect(error.message).toContain('no connection within 100 ms; check host, port and firewall')
  })
})
