/**
 * Runs the test server as a process until it is interrupted, and prints its URL: `npm run start:test-server -- [--port 6333] [--store DIR] [--faults 0.1]`.
 * With a store it can be killed and started again. The key that it asks for is in QDRANT__SERVICE__API_KEY, as with Qdrant.
 */
import { parseArgs } from 'node:util'
import { LocalClient } from '../../src/stores/local-client/local-client.js'
import { SeededFaults } from './faults.js'
import { QdrantTestServer } from './qdrant-test-server.js'

const { values } = parseArgs({
  options: { port: { type: 'string' }, store: { type: 'string' }, faults: { type: 'string' } },
})
const { QDRANT__SERVICE__API_KEY: apiKey } = process.env
const client = values.store === undefined ? LocalClient.memory() : await LocalClient.open({ path: values.store })
const server = await QdrantTestServer.start({
  client,
  port: Number(values.port ?? 6333),
  ...(apiKey && { apiKey }),
  ...(values.faults !== undefined && { faults: new SeededFaults(1, Number(values.faults)) }),
})
process.stdout.write(`${server.url}\n`)

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    await server.close()
    await client.close()
  })
}
