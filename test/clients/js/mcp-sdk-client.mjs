import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { require, TOKEN, URL_OF_SERVICE } from './offgrid-reference.mjs'

const MAIN = fileURLToPath(new URL('../../../dist/src/cli/main.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'offgrid-mcp-client-'))
const store = join(folder, 'store')
try {
  const input = '{"id":1,"text":"A river in France."}\n{"id":2,"text":"Gout is a painful joint disease."}\n'
  execFileSync(process.execPath, [MAIN, 'ingest', '-', '--store', store, '--vectors', 'dense,bm25', '--quiet'], {
    input,
  })

  const client = new Client({ name: 'test', version: '1' })
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [MAIN, 'mcp', '--store', store, '--quiet'] }),
  )
  const { tools } = await client.listTools()
  require(tools.map(({ name }) => name).join() === 'search,get,status,store', 'lists the tools over stdin and stdout')
  const found = await client.callTool({ name: 'search', arguments: { query: 'What is gout?', limit: 1 } })
  require(found.structuredContent.hits[0].documentId === 2, 'searches')
  const read = await client.callTool({ name: 'get', arguments: { id: 2 } })
  require(read.structuredContent.text === 'Gout is a painful joint disease.', 'gets a document')
  const refused = await client.callTool({ name: 'store', arguments: { documents: [{ text: 'Asthma wheezes.' }] } })
  require(refused.isError === true, 'refuses to store without --writable')
  await client.close()

  const distant = new Client({ name: 'test', version: '1' })
  const requestInit = { headers: { authorization: `Bearer ${TOKEN}` } }
  await distant.connect(new StreamableHTTPClientTransport(new URL(`${URL_OF_SERVICE}/mcp`), { requestInit }))
  require((await distant.listTools()).tools.length === 4, 'lists the tools over HTTP (offgrid serve --mcp)')
  const { isError } = await distant.callTool({ name: 'status', arguments: {} })
  require(isError !== true, 'asks for the status over HTTP')
  await distant.close()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
