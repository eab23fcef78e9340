import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type CallToolResult, Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ingestSources } from '../../src/product/ingest-sources.js'
import { InferenceServer } from '../../src/serve/inference-server.js'
import { openLocalStore } from '../../src/stores/open-local.js'
import { runCli } from '../cli/run-cli.js'

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url))
const LONG = Array.from({ length: 40 }, (_, i) => `Sentence ${i} speaks of gout and of joints.`).join(' ')

let folder: string
let store: string
let server: InferenceServer
const clients: Client[] = []
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'offgrid-mcp-'))
  store = join(folder, 'store')
  const documents = [
    { id: 7, text: 'Gout is a painful joint disease.', payload: { id: 7, year: 2020 } },
    { id: 'river', text: 'The Loire is a river in France.', payload: { id: 'river', year: 2010 } },
  ]
  const options = { store, vectors: ['bm25'] as const, workers: 1 }
  await ingestSources(documents, { ...options, collection: 'notes' })
  const chunking = { maxTokens: 64, overlapTokens: 16, model: 'sentence-transformers/all-MiniLM-L6-v2' }
  await ingestSources([{ id: 'long', text: LONG, payload: { id: 'long' } }], {
    ...options,
    collection: 'chunks',
    chunking,
  })
  server = await InferenceServer.listen({
    port: 0,
    workers: 1,
    preload: [],
    store,
    mcp: true,
    token: 'a-token-of-some-length',
  })
})
afterAll(async () => {
  for (const client of clients) await client.close()
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

type Mode = 'legacy' | 'auto'

async function connect(mode: Mode, transport: Parameters<Client['connect']>[0]) {
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } })
  await client.connect(transport)
  clients.push(client)
  return client
}

const overStdio = (mode: Mode, ...args: string[]) =>
  connect(
    mode,
    new StdioClientTransport({
      command: process.execPath,
      args: [MAIN, 'mcp', '--store', store, ...args, '--quiet'],
      stderr: 'inherit',
    }),
  )

const overHttp = (mode: Mode, token = 'a-token-of-some-length') =>
  connect(
    mode,
    new StreamableHTTPClientTransport(new URL('/mcp', server.url), {
      requestInit: { headers: { authorization: `Bearer ${token}` } },
    }),
  )

async function call(client: Client, name: string, input: Record<string, unknown>) {
  const { content, structuredContent, isError } = (await client.callTool({ name, arguments: input })) as CallToolResult
  const [first] = content
  // biome-ignore lint/suspicious/noExplicitAny: what comes over the wire
  return { text: first?.type === 'text' ? first.text : '', json: structuredContent as any, isError: isError === true }
}

describe.each<[string, (mode: Mode) => Promise<Client>]>([
  ['over stdin and stdout', overStdio],
  ['over HTTP, on the port of the service', overHttp],
])('%s', (_, open) => {
  describe.each<Mode>(['legacy', 'auto'])('a client of the protocol of the time: %s', (mode) => {
    let client: Client
    beforeAll(async () => {
      client = await open(mode)
    })

    test('lists the tools, and which of them only read', async () => {
      const { tools } = await client.listTools()
      expect(tools.map(({ name, annotations }) => [name, annotations?.readOnlyHint])).toEqual([
        ['search', true],
        ['get', true],
        ['status', true],
        ['store', false],
      ])
    })

    test('searches with a limit and a filter, and is told the place of a passage', async () => {
      const { text, json } = await call(client, 'search', { query: 'gout or a river', limit: 2, collection: 'notes' })
      expect(json.hits.map(({ documentId }: { documentId: unknown }) => documentId).sort()).toEqual([7, 'river'])
      expect(text).toContain('painful joint disease')
      const filter = { must: [{ key: 'year', range: { lt: 2015 } }] }
      const old = await call(client, 'search', { query: 'gout or a river', collection: 'notes', filter })
      expect(old.json.hits).toMatchObject([{ documentId: 'river', place: null, fields: { id: 'river', year: 2010 } }])
      const { json: chunks } = await call(client, 'search', { query: 'sentence 25', collection: 'chunks', limit: 1 })
      const [{ place, text: passage }] = chunks.hits
      expect(LONG.slice(place.start, place.end)).toBe(passage)
    })

    test('reads a document whole, by its id as a number or a text, also one that was cut into chunks', async () => {
      for (const id of [7, '7']) {
        expect((await call(client, 'get', { id, collection: 'notes' })).json).toMatchObject({
          id: 7,
          fields: { year: 2020 },
        })
      }
      const long = await call(client, 'get', { id: 'long', collection: 'chunks' })
      expect(long.json.text.replace(/\s+/g, ' ')).toBe(LONG)
      const missing = await call(client, 'get', { id: 'nobody', collection: 'notes' })
      expect(missing).toMatchObject({ isError: true, text: expect.stringContaining('DOCUMENT_MISSING') })
    })

    test('is told of the collections, and that it may not store', async () => {
      const { json } = await call(client, 'status', {})
      expect(json).toMatchObject({ isWritable: false })
      expect(json.collections).toContainEqual({ collection: 'notes', points: 2, methods: ['bm25'] })
      const refused = await call(client, 'store', { documents: [{ text: 'Asthma wheezes.' }], collection: 'notes' })
      expect(refused).toMatchObject({ isError: true, text: expect.stringContaining('--writable') })
    })

    test('is told what is wrong with its arguments', async () => {
      for (const wrong of [{}, { query: 'gout', limit: 0 }, { query: 'gout', colour: 'red' }, { query: 'gout' }]) {
        const { isError, text } = await call(client, 'search', wrong)
        expect(isError, JSON.stringify(wrong)).toBe(true)
        expect(text).toMatch(/query|limit|additional|collection/)
      }
    })
  })
})

test('with --writable, what an agent stores is found at once, by another agent, too, and a bad document is told', async () => {
  const other = await overStdio('legacy', '--collection', 'notes')
  expect((await call(other, 'search', { query: 'wheezing' })).json.hits).toEqual([])
  const client = await overStdio('legacy', '--collection', 'notes', '--writable')
  const documents = [{ text: 'Asthma makes a wheezing sound.', id: 'asthma', fields: { year: 2024 } }]
  expect((await call(client, 'store', { documents })).json).toEqual({
    collection: 'notes',
    stored: 1,
    unchanged: 0,
    rejected: [],
  })
  const again = await call(client, 'store', { documents: [...documents, { text: '' }, { text: '  ' }] })
  expect(again.json).toMatchObject({ stored: 0, unchanged: 1, rejected: [{ document: 2 }, { document: 3 }] })
  for (const agent of [client, other]) {
    const { json } = await call(agent, 'search', { query: 'wheezing' })
    expect(json.hits).toMatchObject([{ documentId: 'asthma', fields: { year: 2024 } }])
  }
})

test('what an agent stores, through an alias too, goes by the recipe of the collection and is not pruned by an ingest', async () => {
  const own = join(folder, 'kept')
  writeFileSync(join(folder, 'kept.jsonl'), '{"id":"file","text":"Die Gicht schmerzt."}')
  const args = [
    'ingest',
    'kept.jsonl',
    '--vectors',
    'bm25',
    '--store',
    own,
    '--collection',
    'kept',
    '--language',
    'german',
  ]
  expect(await runCli(args, { cwd: folder })).toMatchObject({ code: 0 })
  const opened = await openLocalStore({ path: own })
  await opened.aliases.switch(['al'], 'kept')
  await opened.close()
  const client = await overStdio('legacy', '--store', own, '--collection', 'al', '--writable')
  const { json } = await call(client, 'store', { documents: [{ text: 'Das Asthma pfeift.', id: 'asthma' }] })
  expect(json).toEqual({ collection: 'al', stored: 1, unchanged: 0, rejected: [] })
  const refused = await runCli([...args, '--prune'], { cwd: folder })
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringMatching(/that an agent gave.*PRUNE_REFUSED/s) })
  expect((await call(client, 'search', { query: 'Asthma' })).json.hits).toMatchObject([{ documentId: 'asthma' }])
})

test('a store that the service has open for writing is read as it is now, by the same tools', async () => {
  const own = join(folder, 'own')
  const chunking = { maxTokens: 64, overlapTokens: 16, model: 'sentence-transformers/all-MiniLM-L6-v2' }
  const options = { store: own, collection: 'chunks', vectors: ['bm25'] as const, workers: 1, chunking }
  await ingestSources([{ id: 'long', text: LONG, payload: { id: 'long' } }], options)
  const service = { port: 0, qdrantPort: 0, workers: 1, preload: [], store: own, mcp: true }
  await using writing = await InferenceServer.listen(service)
  const client = await connect('legacy', new StreamableHTTPClientTransport(new URL('/mcp', writing.url)))
  const { json } = await call(client, 'get', { id: 'long' })
  expect(json.text.replace(/\s+/g, ' ')).toBe(LONG)
  const point = await call(client, 'get', { id: 8 })
  expect(point).toMatchObject({ isError: true, text: expect.stringContaining('DOCUMENT_MISSING') })
})

test('over HTTP the service asks for its token first', async () => {
  await expect(overHttp('legacy', 'wrong')).rejects.toThrow(/401|Unauthorized|token/i)
})

test('a stream that waits for changes is refused, since nothing would ever come', async () => {
  const response = await fetch(`${server.url}/mcp`, { headers: { authorization: 'Bearer a-token-of-some-length' } })
  expect(response.status).toBe(405)
})
