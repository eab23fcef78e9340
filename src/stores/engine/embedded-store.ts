import { availableParallelism } from 'node:os'
import type { PointId } from '../../document.js'
import { StoreError } from '../../errors.js'
import type { JsonObject } from '../../options.js'
import type {
  CollectionConfig,
  CollectionDescription,
  Filter,
  Hit,
  PayloadIndexSchema,
  Point,
  PointReadOptions,
  QueryRequest,
  ScrolledPage,
  ScrollOptions,
  Store,
  StoreAliases,
  StoredPoint,
} from '../store.js'
import { readFields, toHits, toScrolledPage, toStoredPoint } from '../stored-point.js'
import { switchAliases } from '../switch-aliases.js'
import type { EmbeddedStorage } from '../table/storage.js'
import { namedVectors } from '../table-schema.js'
import { typedPoint } from '../typed-point.js'
import type { EngineOptions } from './collection/collection.js'
import { completeConfig } from './collection/collection-info.js'
import { EmbeddedDatabase } from './database.js'
import { queryPoints } from './search/query-points.js'
import { QueryRun } from './search/query-run.js'
import { countPoints, retrievePoints, scrollPoints } from './search/read-points.js'
import { deletePoints, upsertPoints } from './write/write-points.js'

/** A store in this process: the engine over a storage, in memory or on disk. */
export class EmbeddedStore implements Store {
  /** Writes are made one after the other. */
  readonly upsertStreams = 1
  readonly aliases: StoreAliases
  readonly #database: EmbeddedDatabase

  /** @param storage open; the store closes it */
  constructor(storage: EmbeddedStorage, options: EngineOptions = {}) {
    const database = new EmbeddedDatabase(storage, options)
    this.#database = database
    this.aliases = {
      list: async () => database.aliases(),
      switch: (aliases, collection) => database.updateAliases(switchAliases(aliases, collection)),
    }
  }

  get location(): string {
    return this.#database.location
  }

  createCollection(collection: string, config: CollectionConfig): Promise<void> {
    return this.#database.createCollection(collection, config as JsonObject)
  }

  async describeCollection(collection: string): Promise<CollectionDescription | null> {
    const found = await this.#database.find(collection)
    if (!found) return null
    const { config, indexes } = found.settings
    return {
      vectors: namedVectors(config),
      sparseVectors: (config.sparse_vectors ?? {}) as CollectionDescription['sparseVectors'],
      metadata: (config.metadata ?? {}) as Record<string, unknown>,
      config: completeConfig(config),
      payloadSchema: indexes,
      points: found.table.liveCount,
    }
  }

  /** The metadata of a collection, also where its files are damaged; null if there is no such collection. */
  metadata(collection: string): Readonly<Record<string, unknown>> | null {
    const settings = this.#database.settings(collection)
    return settings && ((settings.config.metadata ?? {}) as Record<string, unknown>)
  }

  updateMetadata(collection: string, entries: Readonly<Record<string, unknown>>): Promise<void> {
    return this.#database.updateCollection(collection, { metadata: entries })
  }

  async listCollections(): Promise<string[]> {
    return this.#database.listCollections()
  }

  async deleteCollection(collection: string): Promise<void> {
    await this.#database.deleteCollection(collection)
  }

  async createPayloadIndex(collection: string, field: string, schema: PayloadIndexSchema): Promise<void> {
    await this.#database.createPayloadIndex(collection, field, schema)
  }

  /** Nothing slows an upsert here. */
  async beginLoad(_collection: string): Promise<void> {}

  endLoad(collection: string): Promise<void> {
    return this.buildIndexes(collection)
  }

  async upsert(collection: string, points: readonly Point[]): Promise<void> {
    if (points.length === 0) return
    const typed = points.map((point, i) => typedPoint(point, 'upsert', i))
    const request = { points: typed.map(({ id, vectors, payload }) => ({ id, vector: vectors, payload })) }
    await this.#database.write(collection, upsertPoints, request)
  }

  async delete(collection: string, ids: readonly PointId[]): Promise<void> {
    if (ids.length > 0) await this.#database.write(collection, deletePoints, { points: ids })
  }

  async retrieve(collection: string, ids: readonly PointId[], options: PointReadOptions = {}): Promise<StoredPoint[]> {
    const request = { ids, ...readFields(options) }
    return retrievePoints(await this.#database.collection(collection), request).map(toStoredPoint)
  }

  async scroll(collection: string, options: ScrollOptions): Promise<ScrolledPage> {
    const { filter, limit, offset } = options
    const request = { filter, limit, offset, ...readFields(options) }
    return toScrolledPage(scrollPoints(await this.#database.collection(collection), request))
  }

  async count(collection: string, filter?: Filter): Promise<number> {
    return countPoints(await this.#database.collection(collection), { filter })
  }

  async query(collection: string, request: QueryRequest): Promise<Hit[]> {
    const [hits] = await this.queryBatch(collection, [request])
    return hits!
  }

  async queryBatch(collection: string, requests: readonly QueryRequest[]): Promise<Hit[][]> {
    const found = await this.#database.collection(collection)
    const run = new QueryRun(found)
    const answers: Hit[][] = []
    for (const request of requests) {
      answers.push(toHits({ points: await queryPoints(found, this.#database.find, request as JsonObject, { run }) }))
    }
    return answers
  }

  /**
   * Makes the approximate indexes of a collection cover all its points, with all cores, and waits for it; nothing happens
   * below the number of points from which on they are used. Without this call they grow beside the queries that could use
   * them, which compare all vectors until then. An index is saved beside the points where the store is on disk.
   * @throws StoreError `INDEX_NOT_BUILT`: the points are safe, and searches compare all vectors
   */
  async buildIndexes(collection: string): Promise<void> {
    const found = await this.#database.collection(collection)
    try {
      for (const space of found.spaces.values()) {
        if (space.kind === 'dense') await found.neighborGraph(space)?.grow(availableParallelism())
      }
    } catch (cause) {
      throw new StoreError(
        'INDEX_NOT_BUILT',
        `The approximate index of "${collection}" could not be built: ${(cause as Error).message}. All points are stored; searches compare every vector.`,
        { cause },
      )
    }
  }

  close(): Promise<void> {
    return this.#database.close()
  }
}
