import type { QdrantStore } from './qdrant/qdrant-store.js'
import type { QdrantStoreOptions } from './qdrant/qdrant-store-options.js'

/**
 * Connects to a Qdrant server (1.16 or later) and checks its version; the API key is first needed by the first call.
 * What speaks to a server is loaded here, and not with the embedded store.
 * @throws StoreError `STORE_UNREACHABLE`, `SERVER_UNKNOWN`, `SERVER_TOO_OLD`
 * @throws InputError `UNKNOWN_OPTION`, `INVALID_OPTION`
 * @example
 * const store = await openQdrantStore({ url: 'http://127.0.0.1:6333' })
 * const points = await store.retrieve('notes', [1, 2], { vectors: true })
 * await store.close()
 */
export async function openQdrant(options: QdrantStoreOptions): Promise<QdrantStore> {
  const { openQdrantStore } = await import('./qdrant/qdrant-store.js')
  return openQdrantStore(options)
}
