import type { QdrantClient } from '#qdrant-client'
import { rejectUnknownOptions } from '../../options.js'
import type { EngineOptions } from '../engine/collection/collection.js'
import { type LocalStorageOptions, openLocalStorage } from '../local/local-storage.js'
import { MemoryStorage } from '../table/storage.js'
import { PointsClient } from './points-client.js'
import { restApi } from './rest-api.js'

/** What both ways to open a {@link LocalClient} take. */
export type LocalClientOptions = Pick<EngineOptions, 'maxConditions'>

/**
 * The methods of `@qdrant/js-client-rest` 1.18, with their arguments and results, in process and without a server:
 * a database in memory or in a folder that answers as Qdrant 1.18.3 does. Searches are exact up to 200,000 dense vectors.
 * Errors carry the server's `status` and text. What needs a server fails with `NOT_SUPPORTED`.
 */
export class LocalClient extends PointsClient {
  /**
   * Opens the database of a folder, which is made if it is not there.
   * @throws StoreError `STORE_LOCKED`, `STORE_CORRUPT`, …
   * @throws InputError `UNKNOWN_OPTION`, `INVALID_OPTION`
   */
  static async open(options: LocalStorageOptions & LocalClientOptions): Promise<LocalClient> {
    rejectUnknownOptions(options, ['path', 'durability', 'readOnly', 'maxConditions'], 'LocalClient.open')
    const { maxConditions, ...storage } = options
    return new LocalClient(await openLocalStorage(storage), { maxConditions })
  }

  /** An empty database that lasts as long as the process. @throws InputError `UNKNOWN_OPTION`, `INVALID_OPTION` */
  static memory(options: LocalClientOptions = {}): LocalClient {
    rejectUnknownOptions(options, ['maxConditions'], 'LocalClient.memory')
    return new LocalClient(new MemoryStorage(), options)
  }

  /**
   * The requests themselves, as `api()` of Qdrant's client has them: each takes the names of its path and the fields of its body as one object,
   * and gives the server's whole answer, as `data`.
   */
  api(): ReturnType<QdrantClient['api']> {
    return restApi(this)
  }
}
