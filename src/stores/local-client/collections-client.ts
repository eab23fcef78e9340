import type { Schemas } from '@qdrant/js-client-rest'
import { collectionInfo } from '../embedded/collection-info.js'
import { EmbeddedDatabase } from '../embedded/database.js'
import type { JsonObject } from '../embedded/json-shape.js'
import { formatPath, parsePath } from '../embedded/payload-path.js'
import type { CollectionSettings, EmbeddedStorage } from '../embedded/storage.js'
import { addVectorName, dropVectorName } from '../embedded/vector-names.js'
import { ServerOnlyClient } from './server-only-client.js'

/** What Qdrant's client takes beside a request. A write is always waited for and never times out here. */
export interface WriteOptions {
  /** Only decides whether the answer says `completed` or `acknowledged`. */
  readonly wait?: boolean
  readonly ordering?: Schemas['WriteOrdering']
  readonly timeout?: number
}

/** The half of {@link LocalClient} that is about collections: their config, aliases, named vectors and payload indexes. */
export class CollectionsClient extends ServerOnlyClient {
  protected readonly database: EmbeddedDatabase
  #operations = 0

  protected constructor(storage: EmbeddedStorage) {
    super()
    this.database = new EmbeddedDatabase(storage)
  }

  /** Waits for the writes that were asked for, then closes the files. */
  close(): Promise<void> {
    return this.database.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async versionInfo(): Promise<Schemas['VersionInfo']> {
    return { title: 'offgrid - embedded vector store', version: '1.18.3' }
  }

  async getCollections(): Promise<Schemas['CollectionsResponse']> {
    return { collections: this.database.listCollections().map((name) => ({ name })) }
  }

  async getCollection(collection: string): Promise<Schemas['CollectionInfo']> {
    return collectionInfo(await this.database.collection(collection)) as unknown as Schemas['CollectionInfo']
  }

  async collectionExists(collection: string): Promise<Schemas['CollectionExistence']> {
    return { exists: this.database.has(collection) }
  }

  async createCollection(
    collection: string,
    config: Schemas['CreateCollection'] & { timeout?: number },
  ): Promise<boolean> {
    await this.database.createCollection(collection, config as JsonObject)
    return true
  }

  async recreateCollection(
    collection: string,
    config: Schemas['CreateCollection'] & { timeout?: number },
  ): Promise<boolean> {
    await this.database.deleteCollection(collection)
    return this.createCollection(collection, config)
  }

  async updateCollection(
    collection: string,
    config: Schemas['UpdateCollection'] & { timeout?: number } = {},
  ): Promise<boolean> {
    await this.database.updateCollection(collection, config as JsonObject)
    return true
  }

  deleteCollection(collection: string, _options: { timeout?: number } = {}): Promise<boolean> {
    return this.database.deleteCollection(collection)
  }

  async updateCollectionAliases({
    actions,
  }: Schemas['ChangeAliasesOperation'] & { timeout?: number }): Promise<boolean> {
    await this.database.updateAliases(actions)
    return true
  }

  async getAliases(): Promise<Schemas['CollectionsAliasesResponse']> {
    const aliases = [...this.database.aliases()]
    return { aliases: aliases.map(([alias_name, collection_name]) => ({ alias_name, collection_name })) }
  }

  async getCollectionAliases(collection: string): Promise<Schemas['CollectionsAliasesResponse']> {
    const { name } = await this.database.collection(collection)
    const { aliases } = await this.getAliases()
    return { aliases: aliases.filter(({ collection_name }) => collection_name === name) }
  }

  async createVectorName(
    collection: string,
    name: string,
    params: Schemas['VectorNameConfig'],
    options: WriteOptions = {},
  ): Promise<Schemas['UpdateResult']> {
    await this.#changeConfig(collection, (config) => addVectorName(config, name, params as JsonObject))
    return this.updateResult(options, true)
  }

  async deleteVectorName(
    collection: string,
    name: string,
    options: WriteOptions = {},
  ): Promise<Schemas['UpdateResult']> {
    await this.#changeConfig(collection, (config) => dropVectorName(config, name))
    return this.updateResult(options, true)
  }

  async createPayloadIndex(
    collection: string,
    { field_name, field_schema, ...options }: Schemas['CreateFieldIndex'] & WriteOptions,
  ): Promise<Schemas['UpdateResult']> {
    await this.database.createPayloadIndex(collection, field_name, field_schema)
    return this.updateResult(options, false)
  }

  async deletePayloadIndex(
    collection: string,
    fieldName: string,
    options: WriteOptions = {},
  ): Promise<Schemas['UpdateResult']> {
    const field = formatPath(parsePath(fieldName))
    await this.database.changeSettings(collection, (settings) => {
      const { [field]: dropped, ...indexes } = settings.indexes
      return dropped === undefined ? settings : { ...settings, indexes }
    })
    return this.updateResult(options, true)
  }

  protected updateResult({ wait }: WriteOptions, waits: boolean): Schemas['UpdateResult'] {
    return { operation_id: this.#operations++, status: (wait ?? waits) ? 'completed' : 'acknowledged' }
  }

  #changeConfig(
    collection: string,
    change: (config: CollectionSettings['config']) => CollectionSettings['config'],
  ): Promise<void> {
    return this.database.changeSettings(collection, (settings) => {
      const config = change(settings.config)
      return config === settings.config ? settings : { ...settings, config }
    })
  }
}
