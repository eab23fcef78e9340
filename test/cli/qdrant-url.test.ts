import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LocalClient } from '../../src/stores/local-client/local-client.js'
import { QdrantTestServer } from '../server/qdrant-test-server.js'
import { runCli } from './run-cli.js'

const SAMPLE = fileURLToPath(new URL('../../bench/sample/medical-qa.jsonl', import.meta.url))

let cwd: string
let server: QdrantTestServer
beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'offgrid-url-'))
  writeFileSync(join(cwd, 'corpus.jsonl'), readFileSync(SAMPLE, 'utf8').split('\n').slice(0, 20).join('\n'))
  server = await QdrantTestServer.start({ client: LocalClient.memory() })
})
afterAll(async () => {
  await server.close()
  rmSync(cwd, { recursive: true, force: true })
})

test('a server given by --url or QDRANT_URL is filled and searched by the same commands', async () => {
  const ingested = await runCli(['ingest', 'corpus.jsonl', '--url', server.url, '--json'], { cwd })
  expect(ingested.code).toBe(0)
  expect(JSON.parse(ingested.stdout)).toMatchObject({ documents: 20, points: 20, failed: 0, store: server.url })

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
