import { request } from 'node:http'
import { json } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { InferenceServer } from '../../src/serve/inference-server.js'

const DENSE = 'sentence-transformers/all-MiniLM-L6-v2'
/** Of a busy machine. */
const POLL = { interval: 10, timeout: 60_000 }

let server: InferenceServer
beforeAll(async () => {
  server = await InferenceServer.listen({ port: 0, workers: 1, preload: [DENSE] })
  await server.ready
})
afterAll(() => server.close())

/** Sends a body from an address of this machine. @returns the answer, and how long it took */
function post(path: string, body: unknown, localAddress = '127.0.0.1', headers: Readonly<Record<string, string>> = {}) {
  const begun = performance.now()
  return new Promise<{ status: number; body: unknown; milliseconds: number }>((resolve, reject) => {
    const sent = request(server.url + path, {
      ...{ method: 'POST', localAddress, agent: false },
      headers: { 'content-type': 'application/json', ...headers },
    })
    sent.once('error', reject)
    sent.once('response', async (response) => {
      const answer = await json(response)
      resolve({ status: response.statusCode!, body: answer, milliseconds: performance.now() - begun })
    })
    sent.end(JSON.stringify(body))
  })
}

async function working(): Promise<number> {
  const page = await (await fetch(`${server.url}/metrics`)).text()
  return Number(/^offgrid_batches_working (\d+)$/m.exec(page)![1])
}

const longText = (i: number) => `${i} ${'a long text about many things and others '.repeat(12)}`
const bulk = (count: number, salt = 0) => ({
  model: DENSE,
  input: Array.from({ length: count }, (_, i) => longText(i + salt)),
})
const infer = (texts: readonly string[], inference: string) => ({
  inputs: texts.map((data) => ({ data, data_type: 'text', model: DENSE })),
  inference,
})

describe('under load', () => {
  test('one short text behind a bulk of sixty is answered in under a third of its time, without being called a query', async () => {
    const large = post('/v1/embeddings', bulk(60))
    await expect.poll(working, POLL).toBe(1)
    const short = await post('/v1/embeddings', { model: DENSE, input: 'What is gout?' })
    expect(short.status).toBe(200)
    expect(short.milliseconds).toBeLessThan((await large).milliseconds / 3)
  })

  test('a second bulk of the same client does not wait for the end of the first', async () => {
    const ended: string[] = []
    const large = post('/v1/embeddings', bulk(60)).then(() => ended.push('large'))
    await expect.poll(working, POLL).toBe(1)
    await post('/v1/embeddings', { ...bulk(6, 1_000), input_type: 'passage' }).then(() => ended.push('small'))
    await large
    expect(ended).toEqual(['small', 'large'])
  })

  test('the many connections of one client leave another its turns, for queries and for documents', async () => {
    let isOver = false
    const flood = Array.from({ length: 40 }, async (_, i) => {
      while (!isOver)
        await post('/infer', infer([longText(i), longText(i + 100)], i % 2 ? 'search' : 'update'), '127.0.0.2')
    })
    await expect.poll(working, POLL).toBe(1)
    const one = await post('/infer', infer([longText(7)], 'update'))
    const times: number[] = []
    for (let i = 0; i < 5; i++) {
      const { status, milliseconds } = await post('/infer', infer([`what is ${i}`], 'search'))
      expect(status).toBe(200)
      times.push(milliseconds)
    }
    const round = post('/infer', infer([longText(1)], 'update'), '127.0.0.2')
    isOver = true
    // each of the flood waits for about forty others; a turn is two batches at most
    const { milliseconds } = await round
    expect(one.status).toBe(200)
    expect(Math.max(...times)).toBeLessThan(milliseconds * 2)
    await Promise.all(flood)
  })
})

test('options without a network of their own keep nobody from another model', async () => {
  for (let tokens = 20; tokens < 60; tokens += 2) {
    const [input] = infer(['gout'], 'update').inputs
    const answer = await post('/infer', { inputs: [{ ...input, options: { max_tokens: tokens } }] })
    expect(answer.status).toBe(200)
  }
  const late = 'offgrid/all-MiniLM-L6-v2-late'
  for (const options of [{ precision: 'int8' }, { pool_factor: 2 }, { pool_factor: 3, max_tokens: 30 }]) {
    const model = 'precision' in options ? DENSE : late
    const inputs = [{ data: 'gout hurts', data_type: 'text', model, options }]
    expect((await post('/infer', { inputs })).status).toBe(200)
  }
  expect((await post('/rerank', { query: 'gout', texts: ['a river', 'gout hurts'] })).status).toBe(200)
})
