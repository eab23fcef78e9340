import type { QdrantClient, Schemas } from '#qdrant-client'
import { type JsonObject, refuseNew } from '../../options.js'
import type { EngineOptions } from '../engine/collection/collection.js'
import { collectionInfo } from '../engine/collection/collection-info.js'
import { EmbeddedDatabase } from '../engine/database.js'
import { checkConfig } from '../request/config-check.js'
import { copyJson } from '../request/json-copy.js'
import { expectObject, expectString } from '../request/json-shape.js'
import { formatPath, parsePath } from '../request/payload-path.js'
import { addVectorName, dropVectorName } from '../request/vector-names.js'
import type { CollectionSettings, EmbeddedStorage } from '../table/storage.js'
import { OlderQueriesClient } from './older-queries-client.js'

/** What Qdrant's client takes beside a request. A write is always waited for and never times out here. */
export interface WriteOptions {
  /** Only decides whether the answer says `completed` or `acknowledged`. */
  readonly wait?: boolean
  readonly ordering?: Schemas['WriteOrdering']
  readonly timeout?: number
}

/** What a write answers. */
export type UpdateResult = Schemas['UpdateResult']

/** What a new collection is made of. */
type NewCollection = Schemas['CreateCollection'] & { timeout?: number }

/** What every version of Qdrant's client has. */
type AnyQdrantClient = Record<'getCollections' | 'upsert' | 'query', (...args: never[]) => unknown>

/** The half of {@link LocalClient} that is about collections: their config, aliases, named vectors and payload indexes. */
export abstract class CollectionsClient extends OlderQueriesClient {
  protected readonly database: EmbeddedDatabase

  protected constructor(storage: EmbeddedStorage, options: EngineOptions = {}) {
    super()
    refuseNew(typeof storage?.collections === 'function', new.target.name, 'open({ path })')
    this.database = new EmbeddedDatabase(storage, options)
  }

  /** Waits for the writes that were asked for, then closes the files. */
  close(): Promise<void> {
    return this.database.close()
  }

  /** The same as {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /**
   * This client, as what asks for a `QdrantClient` takes it: `const client: QdrantClient = local.asQdrantClient()`. It has all methods of that
   * class, but the compiler takes no other object for one, since the class has private fields.
   */
  asQdrantClient<Client extends AnyQdrantClient = QdrantClient>(): Client {
    return this as unknown as Client
  }

  /** What answers, and the version of Qdrant whose answers it gives. */
  async versionInfo(): Promise<Schemas['VersionInfo']> {
    return { title: 'offgrid - embedded vector store', version: '1.18.3' }
  }

  /** Names of the collections, in order. */
  async getCollections(): Promise<Schemas['CollectionsResponse']> {
    return { collections: this.database.listCollections().map((name) => ({ name })) }
  }

  /** Config, counts and payload indexes of a collection. @throws StoreError `COLLECTION_MISSING` */
  async getCollection(collection: string): Promise<Schemas['CollectionInfo']> {
    return copyJson(collectionInfo(await this.database.collection(collection))) as Schemas['CollectionInfo']
  }

  /** What is being optimized: nothing, since an embedded store has one segment. @throws StoreError `COLLECTION_MISSING` */
  async getOptimizations(collection: string, _options?: object): Promise<Schemas['OptimizationsResponse']> {
    await this.database.collection(collection)
    const summary = { queued_optimizations: 0, queued_segments: 0, queued_points: 0, idle_segments: 1 }
    return { summary, running: [] }
  }

  /** Where the shards of a collection are: all points are in one, here. @throws StoreError `COLLECTION_MISSING` */
  async collectionClusterInfo(collection: string): Promise<Schemas['CollectionClusterInfo']> {
    const { table } = await this.database.collection(collection)
    const shard = { shard_id: 0, points_count: table.liveCount, state: 'Active' as const }
    return { peer_id: 0, shard_count: 1, local_shards: [shard], remote_shards: [], shard_transfers: [] }
  }

  /** Shard keys of a collection: there are none without custom sharding. @throws StoreError `COLLECTION_MISSING` */
  async listShardKeys(collection: string): Promise<Schemas['ShardKeysResponse']> {
    await this.database.collection(collection)
    return { shard_keys: null }
  }

  /** Whether there is a collection, or an alias, of that name. */
  async collectionExists(collection: string): Promise<Schemas['CollectionExistence']> {
    return { exists: this.database.has(collection) }
  }

  /** Makes a collection. @throws StoreError `COLLECTION_EXISTS`, `REQUEST_REFUSED`, `NOT_SUPPORTED` */
  async createCollection(collection: string, config: NewCollection): Promise<boolean> {
    await this.database.createCollection(collection, config as JsonObject)
    return true
  }

  /**
   * Makes a collection in place of the one that has its name.
   * @throws StoreError `REQUEST_REFUSED`, `NOT_SUPPORTED`: nothing is deleted then
   */
  async recreateCollection(collection: string, config: NewCollection): Promise<boolean> {
    // before anything is deleted
    checkConfig(config as JsonObject)
    await this.database.deleteCollection(collection)
    return this.createCollection(collection, config)
  }

  /**
   * Changes what of a collection's config can be changed.
   * @throws StoreError `COLLECTION_MISSING`, `REQUEST_REFUSED`
   */
  async updateCollection(
    collection: string,
    config: Schemas['UpdateCollection'] & { timeout?: number } = {},
  ): Promise<boolean> {
    await this.database.updateCollection(collection, config as JsonObject)
    return true
  }

  /** Removes a collection with its aliases; whether it was there. */
  deleteCollection(collection: string, _options: { timeout?: number } = {}): Promise<boolean> {
    return this.database.deleteCollection(collection)
  }

  /**
   * Makes, renames and removes aliases, all or none.
   * @throws StoreError `COLLECTION_MISSING`, `REQUEST_REFUSED`, `NOT_FOUND`
   */
  async updateCollectionAliases(request: Schemas['ChangeAliasesOperation'] & { timeout?: number }): Promise<boolean> {
    const { actions } = expectObject(request, 'struct ChangeAliasesOperation')
    await this.database.updateAliases(actions)
    return true
  }

  /** All aliases, each with its collection. */
  async getAliases(): Promise<Schemas['CollectionsAliasesResponse']> {
    const aliases = [...this.database.aliases()]
    return { aliases: aliases.map(([alias_name, collection_name]) => ({ alias_name, collection_name })) }
  }

  /** The aliases of a collection. @throws StoreError `COLLECTION_MISSING` */
  async getCollectionAliases(collection: string): Promise<Schemas['CollectionsAliasesResponse']> {
    const { name } = await this.database.collection(collection)
    const { aliases } = await this.getAliases()
    return { aliases: aliases.filter(({ collection_name }) => collection_name === name) }
  }

  /**
   * Adds a named vector to a collection; points have none under it yet.
   * @throws StoreError `COLLECTION_MISSING`, `REQUEST_REFUSED`
   */
  async createVectorName(
    collection: string,
    name: string,
    params: Schemas['VectorNameConfig'],
    options: WriteOptions = {},
  ): Promise<UpdateResult> {
    const operation = await this.#changeConfig(collection, (config) =>
      addVectorName(config, expectString(name, 'vector_name'), expectObject(params, 'a VectorNameConfig')),
    )
    return this.updateResult(operation, options, true)
  }

  /**
   * Removes a named vector from a collection and its points.
   * @throws StoreError `COLLECTION_MISSING`, `REQUEST_REFUSED`, `VECTOR_UNKNOWN`
   */
  async deleteVectorName(collection: string, name: string, options: WriteOptions = {}): Promise<UpdateResult> {
    const operation = await this.#changeConfig(collection, (config) =>
      dropVectorName(config, expectString(name, 'vector_name')),
    )
    return this.updateResult(operation, options, true)
  }

  /** Makes an index of a payload field. @throws StoreError `COLLECTION_MISSING`, `REQUEST_REFUSED` */
  async createPayloadIndex(
    collection: string,
    request: Schemas['CreateFieldIndex'] & WriteOptions,
  ): Promise<UpdateResult> {
    const { field_name: field, field_schema: schema } = expectObject(request, 'struct CreateFieldIndex')
    const operation = await this.database.createPayloadIndex(collection, field, schema)
    return this.updateResult(operation, request, false)
  }

  /**
   * Removes the index of a payload field, if there is one.
   * @throws StoreError `COLLECTION_MISSING`, `REQUEST_REFUSED`
   */
  async deletePayloadIndex(collection: string, fieldName: string, options: WriteOptions = {}): Promise<UpdateResult> {
    const field = formatPath(parsePath(fieldName))
    const operation = await this.database.changeSettings(collection, (settings) => {
      const { [field]: dropped, ...indexes } = settings.indexes
      return dropped === undefined ? settings : { ...settings, indexes }
    })
    return this.updateResult(operation, options, true)
  }

  protected updateResult(operation: number, options: WriteOptions, waits: boolean): UpdateResult {
    return { operation_id: operation, status: (options.wait ?? waits) ? 'completed' : 'acknowledged' }
  }

  #changeConfig(
    collection: string,
    change: (config: CollectionSettings['config']) => CollectionSettings['config'],
  ): Promise<number> {
    return this.database.changeSettings(collection, (settings) => {
      const config = change(settings.config)
      return config === settings.config ? settings : { ...settings, config }
    })
  }
}
