import { openLocalStorage } from '../local/local-storage.js'
import { LocalClient } from './local-client.js'
import type { EmbedTexts } from './text-inference.js'

/** The client behind a service, which embeds the texts of requests. */
export class ServedClient extends LocalClient {
  /**
   * Opens the folder of a store for writing.
   * @param maxConditions of a filter; one with more is refused
   * @throws StoreError `STORE_LOCKED`, `STORE_CORRUPT`, …
   */
  static async openServed(path: string, maxConditions: number, embedTexts: EmbedTexts): Promise<ServedClient> {
    return new ServedClient(await openLocalStorage({ path }), { maxConditions }, embedTexts)
  }
}
