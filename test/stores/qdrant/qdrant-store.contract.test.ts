import { LocalClient } from '../../../src/stores/local-client/local-client.js'
import { openQdrantStore } from '../../../src/stores/qdrant/qdrant-store.js'
import { QdrantTestServer } from '../../server/qdrant-test-server.js'
import { storeContract } from '../store.contract.js'

storeContract('qdrant (test server)', async () => {
  const client = LocalClient.memory()
  const server = await QdrantTestServer.start({ client })
  const store = await openQdrantStore({ url: server.url })
  const close = async () => {
    await store.close()
    await server.close()
    await client.close()
  }
  return { store, close }
})
