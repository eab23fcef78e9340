import { MemoryStore } from '../../src/stores/memory.js'
import { storeContract } from './store.contract.js'

storeContract('memory', async () => {
  const store = new MemoryStore()
  return { store, close: () => store.close() }
})
