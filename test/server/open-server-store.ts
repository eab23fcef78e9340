import { LocalClient } from '../../src/stores/local-client/local-client.js'
import { openQdrantStore } from '../../src/stores/qdrant/qdrant-store.js'
import { QdrantTestServer } from './qdrant-test-server.js'

/** A store on a test server of its own, which ends with it. */
export async function openServerStore() {
  const client = LocalClient.memory()
  const server = await QdrantTestServer.start({ client })
  const store = await openQdrantStore({ url: server.url })
  const close = async () => {
    await store.close()
    await server.close()
    await client.close()
  }
  return { store, close }
}
