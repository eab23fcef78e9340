import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, test } from 'vitest'
import { InferenceServer, type InferenceServerOptions } from '../../src/serve/inference-server.js'
import { processorMs } from '../processor-time.js'

const TOKEN = 'a-token-of-some-length'
const BODY_BYTES = 100_000
const NO_STORE = '/nowhere/store'
/** Longest that an end may take beyond the time that it was given, on a busy machine. */
const SLACK_MS = 10_000

/** Where texts of one length were told apart by reading all of them, it took eight times as long. */
const LONG_TEXTS = 950
const SLOWER = 3

const open: (InferenceServer | Socket)[] = []
const errors: unknown[] = []
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await ('destroy' in each ? each.destroy() : each.close())
  errors.splice(0)
})

async function listen(options: InferenceServerOptions = {}): Promise<InferenceServer> {
  const server = await InferenceServer.listen({
    ...{ port: 0, workers: 1, preload: [], store: NO_STORE, onError: (error: unknown) => errors.push(error) },
    ...options,
  })
  open.push(server)
  return server
}

/** Bodies of 100 kB, and four of them for all together. */
const SMALL = { maxBodyBytes: BODY_BYTES, memoryBytes: 4 * BODY_BYTES, token: TOKEN }

/** A connection over which bytes are sent as they are. */
async function connected(server: InferenceServer): Promise<Socket> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  socket.on('error', () => {})
  open.push(socket)
  await once(socket, 'connect')
  return socket
}

/** A request whose body lacks its last byte. */
async function halfSent(server: InferenceServer, path: string, headers = ''): Promise<Socket> {
  const socket = await connected(server)
  socket.write(`POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n${headers}`)
  socket.write(`content-length: ${BODY_BYTES}\r\n\r\n{"inputs":[],"x":"`)
  await new Promise((resolve) => socket.write('x'.repeat(BODY_BYTES - 20), resolve))
  return socket
}

async function post(
  server: InferenceServer,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
) {
  const response = await fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  const answer = await response.text()
  return { status: response.status, body: answer === '' ? null : JSON.parse(answer) }
}

const BEARER = { authorization: `Bearer ${TOKEN}` }
const HELD = /^offgrid_held_bytes (\d+)$/m

describe('callers without the token', () => {
  test.each([
    ['the header', '/v1/embeddings', ''],
    ['the header, which is wrong', '/infer', 'authorization: Bearer wrong\r\n'],
  ])('are refused before their body has come where the token stands in %s', async (_, path, headers) => {
    const server = await listen(SMALL)
    const socket = await halfSent(server, path, headers)
    const [answer] = await once(socket, 'data')
    expect(String(answer)).toContain('401 Unauthorized')
  })

  test('who hold as many bodies as they can keep nobody out who shows it, in the header or in the body', async () => {
    const server = await listen(SMALL)
    const held = await Promise.all(Array.from({ length: 100 }, () => halfSent(server, '/infer')))
    for (let i = 0; i < 10; i++) {
      expect((await post(server, '/infer', { inputs: [] }, BEARER)).status).toBe(200)
      expect((await post(server, '/infer', { inputs: [], token: TOKEN })).status).toBe(200)
      const padding = 'y'.repeat(BODY_BYTES / 2)
      expect((await post(server, '/infer', { inputs: [], padding, token: TOKEN })).status).toBe(200)
    }
    expect(held.length).toBe(100)
    const metrics = await (await fetch(`${server.url}/metrics`, { headers: BEARER })).text()
    expect(Number(HELD.exec(metrics)![1])).toBeLessThan(1_000)
  })

  test('are refused a body that would become too much before it is parsed, and an unreadable one for the token', async () => {
    const server = await listen({ token: TOKEN })
    expect((await post(server, '/infer', `{"x":[${'{},'.repeat(700_000)}{}]}`)).status).toBe(413)
    expect((await post(server, '/infer', '['.repeat(1_000))).status).toBe(400)
    expect((await post(server, '/infer', '{"token":')).status).toBe(401)
    expect((await post(server, '/infer', `{"inputs":[],"inner":{"token":"${TOKEN}"}}`)).status).toBe(401)
    expect((await post(server, '/infer', `{"inputs":["${TOKEN}"]}`)).status).toBe(401)
  })

  test.each([
    ['last', `{"inputs":[],"token":"${TOKEN}"}`, 200],
    ['first', `{"token":"${TOKEN}","inputs":[]}`, 200],
    ['with an escape', `{"token":"\\u0061${TOKEN.slice(1)}","inputs":[]}`, 200],
    ['under a name with an escape', `{"tok\\u0065n":"${TOKEN}","inputs":[]}`, 200],
    ['twice, the wrong one last', `{"token":"${TOKEN}","inputs":[],"token":"wrong"}`, 401],
    ['twice, null last', `{"token":"${TOKEN}","inputs":[],"token":null}`, 401],
    ['twice, the right one last', `{"token":"wrong","inputs":[],"token":"${TOKEN}"}`, 200],
    ['as a name', `{"${TOKEN}":1,"inputs":[]}`, 401],
  ])('are told from those whose token stands %s in the body', async (_, body, status) => {
    const server = await listen({ token: TOKEN })
    expect((await post(server, '/infer', body)).status).toBe(status)
  })
})

describe('a hostile request', () => {
  const deep = (levels: number) =>
    `{"inputs":[{"data":"a","data_type":"text","model":"bm25","options":${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}}]}`

  test('with options or a filter that are nested very deep is refused with 400 and a code, and not logged', async () => {
    const server = await listen()
    for (const levels of [100, 5_000, 100_000]) {
      expect(await post(server, '/infer', deep(levels))).toMatchObject({ status: 400, body: { code: 'JSON_TOO_DEEP' } })
    }
    const filter = `${'{"must":['.repeat(2_000)}${']}'.repeat(2_000)}`
    expect(await post(server, '/search', `{"query":"a","filter":${filter}}`)).toMatchObject({
      status: 400,
      body: { code: 'JSON_TOO_DEEP' },
    })
    expect(errors).toEqual([])
  })

  test('with a filter of very many conditions is refused before it is searched', async () => {
    const server = await listen()
    const filterOf = (conditions: number) => ({
      should: Array.from({ length: conditions }, (_, i) => ({ key: 'n', match: { value: i } })),
    })
    const many = await post(server, '/search', { query: 'a', filter: filterOf(513) })
    expect(many).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/at most 512 conditions, got 513/) },
    })
    const very = await post(server, '/search', { query: 'a', filter: filterOf(100_000) })
    expect(very.status).toBe(413)
    expect((await post(server, '/search', { query: 'a', filter: filterOf(512) })).status).toBe(404)
  })

  test('with more models than one request may name is refused', async () => {
    const server = await listen()
    const inputs = (count: number) =>
      Array.from({ length: count }, (_, i) => ({
        data: 'gout',
        data_type: 'text',
        model: 'bm25',
        options: { k: 1 + i },
      }))
    expect(await post(server, '/infer', { inputs: inputs(65) })).toMatchObject({
      status: 400,
      body: { code: 'TOO_MANY_MODELS' },
    })
    const long = { stopwords: { custom: ['x'.repeat(70_000)] } }
    const input = { ...inputs(1)[0], options: long }
    expect(await post(server, '/infer', { inputs: [input] })).toMatchObject({
      status: 400,
      body: { code: 'INVALID_OPTION' },
    })
  })

  test('of many long texts of one length takes no longer than one of as many of all lengths', async () => {
    const server = await listen()
    const timeOf = async (lengthOf: (i: number) => number) => {
      const inputs = Array.from({ length: LONG_TEXTS }, (_, i) => ({
        data: `${'gout hurts '.repeat(3_000).slice(0, lengthOf(i))}${String(i).padStart(5, '0')}`,
        data_type: 'text',
        model: 'qdrant/bm25',
      }))
      return processorMs(async () => {
        const { status, body } = await post(server, '/infer', { inputs: [...inputs, inputs[0]] })
        expect(status).toBe(200)
        const { embeddings } = body
        expect(embeddings[LONG_TEXTS]).toEqual(embeddings[0])
        expect(embeddings[1]).not.toEqual(embeddings[0])
      })
    }
    await timeOf((i) => 32_000 + i)
    const ofAllLengths = await timeOf((i) => 32_000 + i)
    expect(await timeOf(() => 32_300)).toBeLessThan(SLOWER * ofAllLengths)
  })

  test('that hangs up in mid-body is not logged as a failure of the service', async () => {
    const server = await listen({ maxBodyBytes: BODY_BYTES })
    for (const socket of await Promise.all(Array.from({ length: 10 }, () => halfSent(server, '/infer'))))
      socket.destroy()
    const left = async () => (await (await fetch(`${server.url}/metrics`)).text()).match(/status="499"\} (\d+)/)?.[1]
    await expect.poll(left, { timeout: 10_000 }).toBe('10')
    expect(errors).toEqual([])
  })

  test('in very many pieces is read like any other', async () => {
    const server = await listen()
    const socket = await connected(server)
    socket.write(
      'POST /infer HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n',
    )
    socket.write('connection: close\r\n\r\n')
    for (const character of JSON.stringify({ inputs: [], padding: 'x'.repeat(5_000) }))
      socket.write(`1\r\n${character}\r\n`)
    socket.write('0\r\n\r\n')
    expect(await text(socket)).toContain('"embeddings":[]')
  })
})

test('the service ends within its time though clients hold half-sent heads and bodies, and take no answer', async () => {
  const server = await listen({ maxBodyBytes: BODY_BYTES, drainMs: 1_000 })
  const head = await connected(server)
  head.write('POST /infer HTTP/1.1\r\nhost: loc')
  const body = await halfSent(server, '/infer')
  const refused = text(body)
  const idle = await connected(server)
  const begun = performance.now()
  await server.close()
  expect(performance.now() - begun).toBeLessThan(1_000 + SLACK_MS)
  expect(await refused).toContain('503 Service Unavailable')
  expect(await text(idle)).toBe('')
})

test.each([
  ['a space', 'a token of words here'],
  ['a line end', 'a-token-from-a-file\n'],
  ['other characters than ASCII', 'ein-schlüssel-mit-ü'],
  ['a tab', 'a-token\tof-two-parts'],
])('a token with %s, which no caller could send, is an error at the start', async (_, token) => {
  await expect(listen({ token })).rejects.toMatchObject({ code: 'TOKEN_UNUSABLE', kind: 'input' })
})
