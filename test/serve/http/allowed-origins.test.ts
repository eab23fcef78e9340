import { afterAll, beforeAll, expect, test } from 'vitest'
import { AllowedOrigins } from '../../../src/serve/http/allowed-origins.js'
import { InferenceServer } from '../../../src/serve/inference-server.js'

const APP = 'app://obsidian.md'
let server: InferenceServer
beforeAll(async () => {
  const options = { port: 0, workers: 1, preload: [], token: 'a-token-of-some-length', allowedOrigins: [APP] }
  server = await InferenceServer.listen(options)
})
afterAll(() => server.close())

const preflight = (origin: string) =>
  fetch(`${server.url}/v1/embeddings`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    },
  })

test('a page of a named origin may send JSON with a token, and read the answer', async () => {
  const asked = await preflight(APP)
  expect(asked.status).toBe(204)
  expect(asked.headers.get('access-control-allow-origin')).toBe(APP)
  expect(asked.headers.get('access-control-allow-headers')).toBe('authorization,content-type')
  const headers = { origin: APP, authorization: 'Bearer a-token-of-some-length' }
  const answered = await fetch(`${server.url}/v1/models`, { headers })
  expect(answered.headers.get('access-control-allow-origin')).toBe(APP)
  const refused = await fetch(`${server.url}/v1/models`, { headers: { origin: APP } })
  expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, APP])
})

test('a page of any other origin may not', async () => {
  const asked = await preflight('https://evil.example')
  expect([asked.status, asked.headers.get('access-control-allow-origin')]).toEqual([405, null])
  expect(asked.headers.get('vary')).toBe('Origin')
})

test.each(['*', 'null', 'obsidian.md', 'https://a.example/path'])('%s is no origin that can be named', (origin) => {
  expect(() => new AllowedOrigins([origin])).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
})
