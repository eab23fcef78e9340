import { afterEach, describe, expect, test } from 'vitest'
import { LocalClient } from '../../src/stores/local-client/local-client.js'
import type { Answer } from '../parity/qdrant-live-replay.js'
import { QdrantTestServer } from './qdrant-test-server.js'

const closing: { close(): Promise<void> }[] = []

afterEach(async () => {
  for (const open of closing.splice(0).reverse()) await open.close()
})

async function start(): Promise<QdrantTestServer> {
  const client = LocalClient.memory()
  const server = await QdrantTestServer.start({ client })
  closing.push(client, server)
  return server
}

async function send(server: QdrantTestServer, method: string, path: string, body: unknown): Promise<Answer> {
  const response = await fetch(server.url + path, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === null ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const answer = (await response.json()) as { result?: unknown; status: { error?: string } }
  return {
    status: response.status,
    result: response.ok ? (answer.result ?? null) : answer.status.error,
  }
}

describe('the test server', () => {
  test('reads two rows of which the first is whole numbers as a sparse vector, as the live server does', async () => {
    const server = await start()
    const late = { size: 2, distance: 'Cosine', multivector_config: { comparator: 'max_sim' } }
    await send(server, 'PUT', '/collections/m', { vectors: { late } })
    const query = (rows: string) =>
      send(server, 'POST', '/collections/m/points/query', `{"query":${rows},"using":"late"}`)
    expect(await query('[[3,4],[1,0]]')).toEqual({
      status: 400,
      result: 'Wrong input: Conversion between sparse and regular vectors failed',
    })
    expect((await query('[[0,0],[3,3]]')).status).toBe(422)
    for (const rows of ['[[3.0,4.0],[1.0,0.0]]', '[[3,4],[1,0],[0,1]]', '[[-3,4],[1,0]]']) {
      expect((await query(rows)).status).toBe(200)
    }
  })
})
