import type { PointId } from '../../src/document.js'
import type {
  CollectionConfig,
  Filter,
  PayloadIndexSchema,
  Point,
  PointReadOptions,
  QueryRequest,
  Store,
} from '../../src/stores/store.js'

/** A store on a server that others use too: its collections carry a prefix, and only those are seen, and removed at the end. */
export class ScopedStore implements Store {
  readonly location: string
  readonly upsertStreams: number
  readonly #store: Store
  readonly #prefix: string

  constructor(store: Store, prefix: string) {
    this.location = store.location
    this.upsertStreams = store.upsertStreams
    this.#store = store
    this.#prefix = prefix
  }

  createCollection(collection: string, config: CollectionConfig) {
    return this.#store.createCollection(this.#prefix + collection, config)
  }

  describeCollection(collection: string) {
    return this.#store.describeCollection(this.#prefix + collection)
  }

  async listCollections() {
    const names = await this.#store.listCollections()
    return names.filter((name) => name.startsWith(this.#prefix)).map((name) => name.slice(this.#prefix.length))
  }

  deleteCollection(collection: string) {
    return this.#store.deleteCollection(this.#prefix + collection)
  }

  createPayloadIndex(collection: string, field: string, schema: PayloadIndexSchema) {
    return this.#store.createPayloadIndex(this.#prefix + collection, field, schema)
  }

  beginLoad(collection: string) {
    return this.#store.beginLoad(this.#prefix + collection)
  }

  endLoad(collection: string) {
    return this.#store.endLoad(this.#prefix + collection)
  }

  upsert(collection: string, points: readonly Point[]) {
    return this.#store.upsert(this.#prefix + collection, points)
  }

  delete(collection: string, ids: readonly PointId[]) {
    return this.#store.delete(this.#prefix + collection, ids)
  }

  retrieve(collection: string, ids: readonly PointId[], options?: PointReadOptions) {
    return this.#store.retrieve(this.#prefix + collection, ids, options)
  }

  scroll(collection: string, options: Parameters<Store['scroll']>[1]) {
    return this.#store.scroll(this.#prefix + collection, options)
  }

  count(collection: string, filter?: Filter) {
    return this.#store.count(this.#prefix + collection, filter)
  }

  query(collection: string, request: QueryRequest) {
    return this.#store.query(this.#prefix + collection, request)
  }

  queryBatch(collection: string, requests: readonly QueryRequest[]) {
    return this.#store.queryBatch(this.#prefix + collection, requests)
  }

  async close() {
    for (const name of await this.listCollections()) await this.deleteCollection(name)
    await this.#store.close()
  }
}
