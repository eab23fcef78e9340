import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LocalClient } from '../../../src/stores/local-client/local-client.js'
import { QdrantTestServer } from '../../server/qdrant-test-server.js'
import { runCli } from '../run-cli.js'

const SAMPLE = fileURLToPath(new URL('../../../bench/sample/medical-qa.jsonl', import.meta.url))

let cwd: string
let server: QdrantTestServer
const client = LocalClient.memory()
beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'offgrid-url-'))
  writeFileSync(join(cwd, 'corpus.jsonl'), readFileSync(SAMPLE, 'utf8').split('\n').slice(0, 20).join('\n'))
  server = await QdrantTestServer.start({ client })
})
afterAll(async () => {
  await server.close()
  rmSync(cwd, { recursive: true, force: true })
})

test('a server given by --url or QDRANT_URL is filled and searched by the same commands', async () => {
  const ingested = await runCli(['ingest', 'corpus.jsonl', '--url', server.url, '--json'], { cwd })
  expect(ingested.code).toBe(0)
  expect(JSON.parse(ingested.stdout)).toMatchObject({ documents: 20, failed: 0, store: server.url })

  const env = { QDRANT_URL: server.url }
  const again = await runCli(['ingest', 'corpus.jsonl', '--json'], { cwd, env })
  expect(JSON.parse(again.stdout)).toMatchObject({ points: 0, unchanged: 20 })
  const found = await runCli(['search', 'What is relapsing polychondritis?', '--json'], { cwd, env })
  expect(JSON.parse(found.stdout).hits[0]).toMatchObject({
    documentId: 'relapsing-polychondritis',
    ranks: { fused: 1 },
  })
})

test('a server that is not there is an error that names it, and nothing of the key', async () => {
  const env = { QDRANT_URL: 'http://127.0.0.1:1', QDRANT_API_KEY: 'do-not-show' }
  const { code, stdout, stderr } = await runCli(['search', 'anything'], { cwd, env })
  expect(code).toBe(1)
  expect(stderr).toMatch(/127\.0\.0\.1:1.*STORE_UNREACHABLE/s)
  expect(stdout + stderr).not.toContain('do-not-show')
})

test.each(['user:do-not-show@127.0.0.1:6333', 'http://user:do-not-show@127.0.0.1:6333'])(
  'a URL that is none, or holds a password, is refused and not repeated (%#)',
  async (url) => {
    const { code, stdout, stderr } = await runCli(['search', 'anything', '--json'], { cwd, env: { QDRANT_URL: url } })
    expect(code).toBe(2)
    expect(stderr).toContain('INVALID_OPTION')
    expect(stdout + stderr).not.toContain('do-not-show')
  },
)

const CONFIG = {
  shard_number: 3,
  hnsw_config: { m: 24 },
  sparse_vectors: { bm25: { index: { on_disk: true } } },
  payload_schema: { qa_id: 'keyword' },
}

test('parts of an input into a declared collection make one whole, with its graphs', async () => {
  writeFileSync(join(cwd, 'collection.json'), JSON.stringify(CONFIG))
  const common = ['ingest', 'corpus.jsonl', '--url', server.url, '--collection', 'parts', '--json']
  const declared = [...common, '--collection-config', 'collection.json', '--vectors', 'bm25']
  const parts = await Promise.all(['1/2', '2/2'].map((part) => runCli([...declared, '--partition', part], { cwd })))
  expect(parts.map(({ code }) => code)).toEqual([0, 0])
  const counts = parts.map(({ stdout }) => JSON.parse(stdout).points as number)
  expect(counts[0]! + counts[1]!).toBe(20)
  expect(Math.min(...counts)).toBeGreaterThan(0)
  const { config, payload_schema: schema } = await client.getCollection('parts')
  expect(config.params).toMatchObject({ shard_number: 3, sparse_vectors: { bm25: { index: { on_disk: true } } } })
  expect(config.hnsw_config.m).toBe(24)
  expect(Object.keys(schema)).toEqual(['qa_id'])

  const whole = await runCli([...declared, '--wait-for-green'], { cwd })
  expect(JSON.parse(whole.stdout)).toMatchObject({ points: 0, unchanged: 20 })
  writeFileSync(join(cwd, 'collection.json'), JSON.stringify({ ...CONFIG, shard_number: 6, hnsw_config: { m: 8 } }))
  const other = await runCli(declared, { cwd })
  expect(other.code).toBe(2)
  expect(other.stderr).toMatch(
    /shard_number: found 3, declared 6 \(fixed .*hnsw_config\.m: found 24, declared 8 \(can be changed/,
  )
})

test('a load waits for a server that is gone for some seconds, and says so', async () => {
  const goneMs = 5000
  const begin = server.requests.length
  let back: number | undefined
  server.faults = {
    next: () => {
      // the version is asked for, the collection twice, it is made, and then nobody is there
      if (server.requests.length < begin + 4) return null
      back ??= Date.now() + goneMs
      return Date.now() < back ? { kind: 'reset' } : null
    },
  }
  try {
    const command = [
      'ingest',
      'corpus.jsonl',
      '--url',
      server.url,
      '--collection',
      'patient',
      '--vectors',
      'bm25',
      '--json',
    ]
    const { code, stdout, stderr } = await runCli(command, { cwd })
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ points: 20, failed: 0 })
    expect(stderr).toMatch(/waiting for the server, since \d+ s: http:.*connection/)
  } finally {
    server.faults = null
  }
})

test('what is wrong with the collection config, a part or a drop is said before anything is sent', async () => {
  writeFileSync(join(cwd, 'wrong.json'), JSON.stringify({ shards: 3 }))
  const before = server.requests.length
  const common = ['ingest', 'corpus.jsonl', '--url', server.url]
  for (const [message, ...args] of [
    ['wrong.json: shards: unknown key', '--collection-config', 'wrong.json'],
    ['expected i/N', '--partition', '3/2'],
    ['without --restart', '--partition', '1/2', '--restart'],
    ['without --prune', '--partition', '1/2', '--prune'],
  ] as const) {
    const { code, stderr } = await runCli([...common, ...args], { cwd })
    expect(code).toBe(2)
    expect(stderr).toContain(message)
  }
  expect(server.requests.length).toBe(before)
})

test('a collection that ingest did not make is dropped by --recreate --yes alone', async () => {
  await client.createCollection('theirs', { vectors: { theirs: { size: 4, distance: 'Dot' } } })
  const command = [
    'ingest',
    'corpus.jsonl',
    '--url',
    server.url,
    '--collection',
    'theirs',
    '--vectors',
    'bm25',
    '--json',
  ]
  const restarted = await runCli([...command, '--restart'], { cwd })
  expect(restarted).toMatchObject({ code: 2, stderr: expect.stringMatching(/not made by offgrid.*--recreate/) })
  const unconfirmed = await runCli([...command, '--recreate'], { cwd })
  expect(unconfirmed).toMatchObject({ code: 2, stderr: expect.stringMatching(/expected --yes/) })
  expect((await client.getCollection('theirs')).config.params.vectors).toHaveProperty('theirs')
  const recreated = await runCli([...command, '--recreate', '--yes'], { cwd })
  expect(JSON.parse(recreated.stdout)).toMatchObject({ points: 20 })
  const again = await runCli([...command, '--restart'], { cwd })
  expect(JSON.parse(again.stdout)).toMatchObject({ points: 20, unchanged: 0 })
})

test('the API key comes from a file, by flag or environment, and is never shown', async () => {
  const key = 'key-of-a-file-0815'
  const guarded = await QdrantTestServer.start({ client: LocalClient.memory(), apiKey: key })
  try {
    writeFileSync(join(cwd, 'key'), `${key}\n`)
    const command = ['ingest', 'corpus.jsonl', '--url', guarded.url, '--vectors', 'bm25', '--json']
    const refused = await runCli(command, { cwd })
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('STORE_UNAUTHORIZED') })
    const byFlag = await runCli([...command, '--api-key-file', 'key'], { cwd })
    expect(byFlag.code).toBe(0)
    const byVariable = await runCli(command, { cwd, env: { QDRANT_API_KEY_FILE: 'key' } })
    expect(JSON.parse(byVariable.stdout)).toMatchObject({ unchanged: 20 })
    for (const { stdout, stderr } of [refused, byFlag, byVariable]) expect(stdout + stderr).not.toContain(key)
  } finally {
    await guarded.close()
  }
})
