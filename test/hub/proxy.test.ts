import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { proxyFor } from '../../src/hub/proxy.js'
import { pullModel } from '../../src/hub/pull-model.js'
import { makeTinyModels } from '../encoders/tiny-models.js'
import { HubServer } from './hub-server.js'

const NAME = 'Xenova/ms-marco-MiniLM-L-6-v2'

describe('the proxy of an address', () => {
  it.each([
    [{}, undefined],
    [{ HTTPS_PROXY: 'http://proxy.example:3128' }, 'http://proxy.example:3128/'],
    [{ https_proxy: 'proxy.example:3128' }, 'http://proxy.example:3128/'],
    [{ ALL_PROXY: 'https://proxy.example' }, 'https://proxy.example/'],
    [{ HTTPS_PROXY: 'http://p:1', NO_PROXY: '*' }, undefined],
    [{ HTTPS_PROXY: 'http://p:1', NO_PROXY: 'other.example, example' }, undefined],
    [{ HTTPS_PROXY: 'http://p:1', no_proxy: '.hub.example:443' }, undefined],
    [{ HTTPS_PROXY: 'http://p:1', NO_PROXY: 'hub.example:8443,b.example' }, 'http://p:1/'],
  ])('by %o is %s', (env, expected) => {
    expect(proxyFor(new URL('https://hub.example/x'), env)?.href).toBe(expected)
  })

  it('is none for this machine, and an error that repeats nothing for what is no address', () => {
    expect(proxyFor(new URL('https://127.0.0.1:9/'), { HTTPS_PROXY: 'http://p:1' })).toBeUndefined()
    expect(() => proxyFor(new URL('https://a.example/'), { HTTPS_PROXY: 'socks5://u:secret@p' })).toThrow(
      /^HTTPS_PROXY: expected http:\/\/host:port or https:\/\/host:port\.$/,
    )
  })
})

describe('a hub behind a proxy and a private authority', () => {
  let folder: string
  let tiny: string
  let server: HubServer | undefined
  /** What the proxy was asked to connect to, and with which credentials. */
  const asked: (readonly [target: string | undefined, credentials: string | undefined])[] = []
  let proxyStatus = 200
  const proxy = createServer()

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'offgrid-proxy-'))
    tiny = await makeTinyModels('cross-encoder')
    proxy.on('connect', (request, socket) => {
      asked.push([request.url, request.headers['proxy-authorization']])
      if (proxyStatus !== 200) return socket.end(`HTTP/1.1 ${proxyStatus} No\r\n\r\n`)
      const target = connect(Number(new URL(server!.url).port), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        target.pipe(socket)
        socket.pipe(target)
      })
      for (const each of [target, socket]) each.on('error', () => {})
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    try {
      const out = ['-keyout', 'key.pem', '-out', 'cert.pem', '-days', '2', '-nodes', '-subj', '/CN=hub.example']
      const names = ['-addext', 'subjectAltName=DNS:hub.example,IP:127.0.0.1']
      const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']
      execFileSync('openssl', ['req', '-x509', ...key, ...out, ...names], { cwd: folder, stdio: 'ignore' })
      const tls = { key: readFileSync(join(folder, 'key.pem'), 'utf8'), cert: readFileSync(caFile(), 'utf8') }
      server = await HubServer.start({ repository: NAME, folder: join(tiny, 'cross-encoder'), tls })
    } catch {
      server = undefined
    }
  })

  afterAll(async () => {
    proxy.closeAllConnections()
    proxy.close()
    await server?.close()
    for (const each of [folder, tiny]) rmSync(each, { recursive: true })
  })

  beforeEach((context) => {
    if (server === undefined) context.skip('openssl is not installed: no certificate to test with')
    const { port } = proxy.address() as AddressInfo
    vi.stubEnv('OFFGRID_CACHE', join(folder, 'cache'))
    vi.stubEnv('OFFGRID_MODELS', '')
    vi.stubEnv('HF_ENDPOINT', 'https://hub.example')
    vi.stubEnv('HTTPS_PROXY', `http://user:pass%21@127.0.0.1:${port}`)
    for (const name of ['HF_TOKEN', 'HF_TOKEN_PATH', 'HF_HUB_OFFLINE', 'NO_PROXY', 'no_proxy', 'https_proxy']) {
      vi.stubEnv(name, '')
    }
    proxyStatus = 200
    asked.length = 0
  })

  afterEach(() => vi.unstubAllEnvs())

  const caFile = () => join(folder, 'cert.pem')
  const pull = (name: string, options: object) =>
    pullModel(NAME, { modelsFolder: join(folder, name), baseDelayMs: 1, ...options })

  it('is reached through the tunnel with the credentials of the proxy, what lies on this machine directly', async () => {
    await pull('models', { caFile: caFile() })
    const credentials = `Basic ${Buffer.from('user:pass!').toString('base64')}`
    expect(asked.length).toBeGreaterThan(0)
    expect(asked.every((one) => one[0] === 'hub.example:443' && one[1] === credentials)).toBe(true)
    expect(server!.requests.some((request) => request.server === 'storage')).toBe(true)
  })

  it('is not trusted without the authority, and that is not tried again', async () => {
    await expect(pull('untrusted', {})).rejects.toMatchObject({ code: 'HUB_UNREACHABLE' })
    expect(asked).toHaveLength(1)
  })

  it('is not reached where the proxy refuses, and the password is in no message', async () => {
    proxyStatus = 407
    const failure = await pull('refused', { caFile: caFile() }).catch((error: Error) => error)
    expect(failure).toMatchObject({ code: 'HUB_REFUSED', message: expect.stringContaining('status 407') })
    expect(String(failure)).not.toContain('pass')
  })
})
