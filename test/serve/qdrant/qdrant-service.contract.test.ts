import { afterAll } from 'vitest'
import { openQdrantStore } from '../../../src/stores/qdrant/qdrant-store.js'
import { storeContract } from '../../stores/store.contract.js'
import { startQdrant } from './start-qdrant.js'

const service = await startQdrant()
afterAll(() => service.close())

storeContract('qdrant (offgrid serve --qdrant-port)', async () => {
  const store = await openQdrantStore({ url: service.url })
  const close = async () => {
    for (const collection of await store.listCollections()) await store.deleteCollection(collection)
    await store.close()
  }
  return { store, close }
})
