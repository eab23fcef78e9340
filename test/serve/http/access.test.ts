import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, describe, expect, test } from 'vitest'
import { InferenceServer, type InferenceServerOptions } from '../../../src/serve/inference-server.js'

const TOKEN = 'a token of some length'.replaceAll(' ', '-')

/** Servers by their options, each started once; they open no model before they are asked to. */
const servers = new Map<string, Promise<InferenceServer>>()
afterAll(async () => {
  for (const server of servers.values()) await (await server.catch(() => null))?.close()
})

function listen(options: InferenceServerOptions = {}): Promise<InferenceServer> {
  const key = JSON.stringify(options)
  const server = servers.get(key) ?? InferenceServer.listen({ port: 0, workers: 1, preload: [], ...options })
  servers.set(key, server)
  return server
}

/** A request with any headers, the host's included. */
async function ask(
  server: InferenceServer,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: string,
  method = body === undefined ? 'GET' : 'POST',
) {
  const sent = httpRequest(server.url + path, { method, headers })
  sent.end(body)
  const [response] = await once(sent, 'response')
  return { status: response.statusCode as number, headers: response.headers, body: await text(response) }
}

/** Bodies of 10 kB, and 20 kB for all together. */
const SMALL = { maxBodyBytes: 10_000, memoryBytes: 20_000 }
const JSON_TYPE = { 'content-type': 'application/json' }
const EMPTY = JSON.stringify({ inputs: [], inference: 'update' })

describe('a token', () => {
  test('is taken from the header, and by /infer from the body, as a Qdrant server sends it', async () => {
    const server = await listen({ token: TOKEN })
    const bearer = { ...JSON_TYPE, authorization: `Bearer ${TOKEN}` }
    const inBody = JSON.stringify({ inputs: [], inference: 'update', token: TOKEN })
    expect((await ask(server, '/infer', JSON_TYPE, inBody)).status).toBe(200)
    expect((await ask(server, '/infer', bearer, EMPTY)).status).toBe(200)
    expect((await ask(server, '/v1/models', bearer)).status).toBe(200)
    expect((await ask(server, '/metrics', bearer)).status).toBe(200)
    for (const name of ['api-key', 'x-api-key']) {
      expect((await ask(server, '/v1/models', { [name]: TOKEN })).status).toBe(200)
      expect((await ask(server, '/infer', { ...JSON_TYPE, [name]: TOKEN }, EMPTY)).status).toBe(200)
      expect((await ask(server, '/v1/models', { [name]: 'wrong' })).status).toBe(401)
      expect((await ask(server, '/infer', { ...JSON_TYPE, [name]: 'wrong' }, inBody)).status).toBe(401)
    }
  })

  test.each([
    ['/infer', JSON_TYPE, EMPTY],
    ['/infer', JSON_TYPE, JSON.stringify({ inputs: [], token: 'wrong' })],
    ['/infer', { ...JSON_TYPE, authorization: 'Bearer wrong' }, JSON.stringify({ inputs: [], token: TOKEN })],
    ['/v1/embeddings', JSON_TYPE, '{}'],
    ['/v1/models', {}, undefined],
    ['/search', JSON_TYPE, '{}'],
    ['/playground', {}, undefined],
    ['/metrics', { authorization: `Basic ${TOKEN}` }, undefined],
  ] as const)('that is missing or wrong is refused with 401 at %s', async (path, headers, body) => {
    const server = await listen({ token: TOKEN })
    const answer = await ask(server, path, headers, body)
    expect(answer.status).toBe(401)
    expect(answer.headers['www-authenticate']).toBe('Bearer')
    expect(answer.body).not.toContain(TOKEN)
  })

  test('is not asked for by the page and the probes', async () => {
    const server = await listen({ token: TOKEN })
    for (const path of ['/', '/healthz', '/readyz']) expect((await ask(server, path)).status).toBeLessThan(500)
  })

  test('is needed where other machines reach the service, unless that is said in so many words', async () => {
    await expect(listen({ host: '0.0.0.0' })).rejects.toMatchObject({ code: 'TOKEN_MISSING' })
    await expect(listen({ token: '' })).rejects.toMatchObject({ code: 'TOKEN_MISSING' })
    const server = await listen({ host: '0.0.0.0', withoutToken: true })
    expect((await ask(server, '/healthz', { host: 'anything.example' })).status).toBe(200)
  })
})

describe('on loopback', () => {
  test.each(['localhost', '127.0.0.1:6380', '[::1]:6380', 'offgrid.localhost', 'host.docker.internal:6380'])(
    'the name %s is answered',
    async (host) => {
      expect((await ask(await listen(), '/healthz', { host })).status).toBe(200)
    },
  )

  test.each(['rebound.example', 'localhost.example:6380', '10.0.0.1', '127.0.0.1.example'])(
    'the name %s is refused with 403, since a web page may have pointed it here',
    async (host) => {
      const answer = await ask(await listen(), '/v1/models', { host })
      expect(answer.status).toBe(403)
      expect(answer.headers['access-control-allow-origin']).toBeUndefined()
    },
  )

  test('a name that was allowed is answered', async () => {
    const server = await listen({ allowedHosts: ['Embed.example'] })
    expect((await ask(server, '/healthz', { host: 'embed.example:80' })).status).toBe(200)
  })
})

describe('a request', () => {
  test('that is no JSON by its header or its text is refused', async () => {
    const server = await listen()
    expect((await ask(server, '/infer', { 'content-type': 'text/plain' }, EMPTY)).status).toBe(415)
    expect((await ask(server, '/infer', { ...JSON_TYPE, 'content-encoding': 'gzip' }, EMPTY)).status).toBe(415)
    expect((await ask(server, '/infer', JSON_TYPE, '{"inputs":')).status).toBe(400)
    expect((await ask(server, '/infer', { 'content-type': 'application/json; charset=utf-8' }, EMPTY)).status).toBe(200)
  })

  test('to another path or by another method is refused with what there is', async () => {
    const server = await listen()
    expect(await ask(server, '/embedding', JSON_TYPE, '{}')).toMatchObject({ status: 404 })
    expect(await ask(server, '/__proto__')).toMatchObject({ status: 404 })
    const wrong = await ask(server, '/infer')
    expect(wrong).toMatchObject({ status: 405, headers: { allow: 'POST' } })
    expect(await ask(server, '/healthz', {}, undefined, 'HEAD')).toMatchObject({ status: 200, body: '' })
    const near = await ask(server, '/v2/embeddings', JSON_TYPE, '{}')
    expect(near.body).toMatch(/expected one of .*POST \/v1\/embeddings/)
    expect(near.body).not.toMatch(/metrics/)
  })

  test('with a body over the limit is refused with 413, whether it says its length or not', async () => {
    const server = await listen(SMALL)
    const body = JSON.stringify({ inputs: [], padding: 'x'.repeat(11_000) })
    const length = String(Buffer.byteLength(body))
    expect((await ask(server, '/infer', { ...JSON_TYPE, 'content-length': length }, body)).status).toBe(413)
    expect((await ask(server, '/infer', { ...JSON_TYPE, 'transfer-encoding': 'chunked' }, body)).status).toBe(413)
    expect((await ask(server, '/infer', JSON_TYPE, EMPTY)).status).toBe(200)
  })

  test('whose vectors would not fit in memory is refused before anything is embedded', async () => {
    const server = await listen(SMALL)
    const inputs = Array.from({ length: 50 }, (_, i) => ({
      data: `text ${i}`,
      data_type: 'text',
      model: 'sentence-transformers/all-MiniLM-L6-v2',
    }))
    const answer = await ask(server, '/infer', JSON_TYPE, JSON.stringify({ inputs }))
    expect(answer).toMatchObject({ status: 413, body: expect.stringContaining('split it') })
  })

  test('that is no HTTP is hung up on, and the service goes on', async () => {
    const server = await listen()
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
    socket.write('GARBAGE\r\n\r\n')
    expect(await text(socket)).toContain('400 Bad Request')
    expect((await ask(server, '/healthz')).status).toBe(200)
  })
})

test('a port that is taken is an error that says so', async () => {
  const server = await listen()
  const port = Number(new URL(server.url).port)
  await expect(listen({ port })).rejects.toMatchObject({
    code: 'CANNOT_LISTEN',
    message: expect.stringMatching(/another program listens/),
  })
})
