import { afterAll, beforeAll, expect, test } from 'vitest'
import { InferenceServer } from '../../src/serve/inference-server.js'

const DENSE = 'sentence-transformers/all-MiniLM-L6-v2'

let server: InferenceServer
beforeAll(async () => {
  server = await InferenceServer.listen({ port: 0, workers: 1, backlogTokens: 500, preload: [DENSE] })
  await server.ready
})
afterAll(() => server.close())

/** Documents that one worker is busy with for seconds, each as long as the model takes. */
const LONG = Array.from({ length: 200 }, (_, i) => `${i} ${'a long text about many things '.repeat(50)}`)

function infer(texts: readonly string[], inference: 'update' | 'search', signal?: AbortSignal): Promise<Response> {
  const inputs = texts.map((data) => ({ data, data_type: 'text', model: DENSE }))
  return fetch(`${server.url}/infer`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ inputs, inference }),
    ...(signal && { signal }),
  })
}

async function metric(name: string): Promise<number> {
  const page = await (await fetch(`${server.url}/metrics`)).text()
  return Number(
    page
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.slice(name.length + 1),
  )
}

/** Of a busy machine. */
const POLL = { interval: 10, timeout: 30_000 }
const WAITING = 'offgrid_queue_tokens{queue="documents"}'

test('under an upsert that is more than the backlog, queries are answered, documents refused for a while, and a client that leaves makes room', async () => {
  const leaving = new AbortController()
  const upsert = infer(LONG, 'update', leaving.signal)
  await expect.poll(() => metric(WAITING), POLL).toBeGreaterThan(500)

  const refused = await infer(['one more'], 'update')
  expect(refused.status).toBe(429)
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
  expect(await refused.json()).toMatchObject({ error: expect.stringContaining('try again'), code: 'OVERLOADED' })

  const found = await infer(['what is gout'], 'search')
  expect(found.status).toBe(200)
  expect(await metric(WAITING)).toBeGreaterThan(500)

  leaving.abort()
  await expect(upsert).rejects.toThrow('abort')
  await expect.poll(() => metric(WAITING), POLL).toBe(0)
  expect((await infer(['one more'], 'update')).status).toBe(200)
  expect(await metric('offgrid_http_requests_total{route="POST /infer",status="499"}')).toBe(1)
  expect(await metric('offgrid_worker_deaths')).toBe(0)
})
