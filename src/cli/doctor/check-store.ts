import { resolve } from 'node:path'
import { isThere } from '../../files/path-stats.js'
import { type StoreLocation, storeFolder, withStore } from '../../stores/open-store.js'
import { openQdrantStore, type QdrantStore } from '../../stores/qdrant/qdrant-store.js'
import type { QdrantStoreOptions } from '../../stores/qdrant/qdrant-store-options.js'
import { canBeWritten } from './check-folders.js'
import { type Finding, failure, fine, warning } from './finding.js'

/** A model that nobody has: who asks for it learns who would embed, and nothing is embedded. */
const NO_MODEL = 'offgrid/doctor'
const NOT_CONFIGURED = 'no inference service is configured (inference.address), so texts are embedded by its clients'
const SERVE_ADVICE =
  'To have it embed texts itself, run offgrid serve and start it with QDRANT__INFERENCE__ADDRESS=http://ADDRESS:6380/infer (docs/serve.md).'

/**
 * Whether a store can be opened and written. An embedded one is opened to read and nothing is made.
 * @param isNamed whether the caller named it; a default store that cannot be written is no failure yet
 * @throws StoreError what is wrong with it
 */
export async function checkStore(location: StoreLocation, isNamed: boolean): Promise<Finding> {
  if (location.kind === 'qdrant') return checkServer(location)
  const folder = storeFolder(location)
  return folder === null
    ? fine(`${location.kind}: ${await countCollections(location)}`)
    : checkFolder(location, folder, isNamed)
}

async function checkFolder(location: StoreLocation, path: string, isNamed: boolean): Promise<Finding> {
  const folder = resolve(path)
  const what = (await isThere(folder)) ? `${folder}: ${await countCollections(location)}` : `${folder}: not there yet`
  if (await canBeWritten(folder)) return fine(`${what}, can be written`)
  const advice = 'To store vectors, name a folder that can be written: --store DIR.'
  return isNamed ? failure(`${what}, cannot be written`, advice) : warning(`${what}, cannot be written`, advice)
}

function countCollections(location: StoreLocation): Promise<string> {
  return withStore(location, 'read', async (store) => collections((await store.listCollections()).length))
}

async function checkServer({
  kind: _,
  ...location
}: QdrantStoreOptions & { readonly kind: 'qdrant' }): Promise<Finding> {
  // whoever asks wants to know what is the case now
  const store = await openQdrantStore({ ...location, attempts: 1 })
  try {
    const names = await store.listCollections()
    const inference = await probeInference(store, names[0])
    const advice = inference === NOT_CONFIGURED ? SERVE_ADVICE : null
    return fine(`${store.location}: Qdrant ${store.serverVersion}, ${collections(names.length)}; ${inference}`, advice)
  } finally {
    await store.close()
  }
}

/** Qdrant tells nobody whether it has an inference service; what it says to a text tells. It is asked before the collection is looked at. */
async function probeInference(store: QdrantStore, collection: string | undefined): Promise<string> {
  if (collection === undefined) return 'whether it has an inference service cannot be known without a collection'
  try {
    await store.query(collection, { query: { text: 'a text', model: NO_MODEL } as never, limit: 1 })
  } catch (error) {
    const { message } = error as Error
    if (/not configured/i.test(message)) return NOT_CONFIGURED
    if (!/inference|embed|model/i.test(message)) return 'whether it has an inference service cannot be known'
  }
  return 'an inference service seems to be configured'
}

function collections(count: number): string {
  return count === 1 ? '1 collection' : `${count} collections`
}
