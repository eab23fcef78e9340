import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LocalClient } from '../../src/stores/local-client/local-client.js'
import { QdrantTestServer } from '../server/qdrant-test-server.js'

const SAMPLE = new URL('../../bench/sample/medical-qa.jsonl', import.meta.url)
const PASSAGES = 24

let folder: string
let file: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-examples-'))
  file = join(folder, 'passages.jsonl')
  const lines = (await readFile(SAMPLE, 'utf8')).split('\n')
  await writeFile(file, lines.slice(0, PASSAGES).join('\n'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** The lines that an example of dist/examples prints. */
async function run(name: string, args: readonly string[] = []): Promise<string[]> {
  const script = fileURLToPath(new URL(`../../dist/examples/${name}.js`, import.meta.url))
  const { QDRANT_URL: _url, QDRANT_API_KEY: _key, ...env } = process.env
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [script, file, ...args], { env })
  expect(stderr).toBe('')
  return stdout.trimEnd().split('\n')
}

describe.each([
  ['hybrid-search', 5, /^\d\.\d{4} {2}relapsing-polychondritis: Relapsing polychondritis is/],
  ['reranking', 10, /^ {3}1 +\d+ +(=|[+-]\d+) +\d+\.\d{4} {2}relapsing-polychondritis$/],
] as const)('%s', (name, limit, first) => {
  const hits = (lines: readonly string[]) => lines.slice(-limit)
  let inMemory: string[]

  test('answers from a store in memory, the right passage first', async () => {
    inMemory = await run(name)
    expect(inMemory[0]).toBe(`${PASSAGES} passages; What is relapsing polychondritis?`)
    expect(hits(inMemory)).toHaveLength(limit)
    expect(hits(inMemory)[0]).toMatch(first)
  })

  test('answers the same from a folder, at the second run too', async () => {
    const store = join(folder, name)
    expect(await run(name, ['--store', store])).toEqual(inMemory)
    expect(await run(name, ['--store', store])).toEqual(inMemory)
  })

  test('answers the same from a server (test server), in one upsert for 8 passages and one query', async () => {
    const client = LocalClient.memory()
    const server = await QdrantTestServer.start({ client })
    expect(await run(name, ['--url', server.url])).toEqual(inMemory)
    const paths = server.requests.map(({ method, path }) => `${method} ${path.split('/').slice(3).join('/')}`)
    expect(paths.filter((path) => path === 'PUT points')).toHaveLength(PASSAGES / 8)
    expect(paths.filter((path) => path.startsWith('POST points/query'))).toHaveLength(1)
    await server.close()
    await client.close()
  })
})
