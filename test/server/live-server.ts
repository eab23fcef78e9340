import { randomUUID } from 'node:crypto'
import { openQdrantStore, type QdrantStore } from '../../src/stores/qdrant/qdrant-store.js'
import type { QdrantStoreOptions } from '../../src/stores/qdrant/qdrant-store-options.js'

/** How the server of QDRANT_URL is reached. */
export function liveServer(): { readonly url: string; readonly apiKey?: string } {
  const { QDRANT_URL: url = '', QDRANT_API_KEY: apiKey } = process.env
  return { url, ...(apiKey ? { apiKey } : {}) }
}

/** The beginning of the name of every collection that a run makes, on a server that others use too. */
export function runPrefix(): string {
  return `offgrid-test-${process.env.OFFGRID_TEST_RUN}-`
}

/** A prefix of its own for each test file. */
export function livePrefix(): string {
  return `${runPrefix()}${randomUUID().slice(0, 8)}-`
}

export function openLiveStore(options: Omit<QdrantStoreOptions, 'url' | 'apiKey'> = {}): Promise<QdrantStore> {
  return openQdrantStore({ ...liveServer(), ...options })
}

/** Deletes the collections whose names begin so. @returns their names */
export async function dropByPrefix(prefix: string): Promise<string[]> {
  const store = await openLiveStore()
  try {
    const names = (await store.listCollections()).filter((name) => name.startsWith(prefix))
    for (const name of names) await store.deleteCollection(name)
    return names
  } finally {
    await store.close()
  }
}
