import type { Schemas } from '#qdrant-client'
import type { Payload, PointId } from '../document.js'
import type { StoreError } from '../errors.js'
import type { Vector } from '../vectors.js'

/** What is taken for a vector: those that the encoders give, or plain and typed arrays of numbers, rows of them for a multivector. */
export type VectorInput =
  | Vector
  | ArrayLike<number>
  | readonly ArrayLike<number>[]
  | { readonly indices: ArrayLike<number>; readonly values: ArrayLike<number> }
  | { readonly rows: number; readonly dimension: number; readonly values: ArrayLike<number> }

/** One point to be stored: its named vectors and its payload. */
export interface Point {
  readonly id: PointId
  readonly vectors: Readonly<Record<string, VectorInput>>
  readonly payload: Payload
}

/** Qdrant's body of `PUT /collections/{name}`: `vectors`, `sparse_vectors` and settings. */
export type CollectionConfig = Schemas['CreateCollection']

/** What a store says of a collection that exists. */
export interface CollectionDescription {
  readonly vectors: Readonly<Record<string, Schemas['VectorParams']>>
  readonly sparseVectors: Readonly<Record<string, Schemas['SparseVectorParams']>>
  readonly metadata: Readonly<Record<string, unknown>>
  /** Every setting as `PUT /collections/{name}` would take it, with the store's defaults, and as it is outside loads. */
  readonly config: CollectionConfig
  /** Payload indexes by field. */
  readonly payloadSchema: Readonly<Record<string, PayloadIndexSchema>>
  readonly points: number
}

/** Qdrant's `field_schema`: the type of a payload index, or an object of it with parameters. */
export type PayloadIndexSchema = NonNullable<Schemas['PayloadFieldSchema']>

/** Qdrant's body of `POST /collections/{name}/points/query`. */
export type QueryRequest = Schemas['QueryRequest']
/** A filter in Qdrant's JSON. */
export type Filter = Schemas['Filter']

/** A point that a query found. A higher score is better (but for Euclid and Manhattan). */
export interface Hit {
  readonly id: PointId
  readonly score: number
  readonly payload: Payload | null
}

/** A point read back, its vectors in the plain arrays of Qdrant's JSON. */
export interface StoredPoint {
  readonly id: PointId
  readonly payload: Payload | null
  readonly vectors: Schemas['VectorStructOutput'] | null
}

/** What is read of a point beside its id. */
export interface PointReadOptions {
  /** @default true */
  readonly payload?: boolean
  /** All vectors, none, or those named. @default false */
  readonly vectors?: boolean | readonly string[]
}

export interface ScrollOptions extends PointReadOptions {
  readonly filter?: Filter
  readonly limit: number
  readonly offset?: PointId
}

export interface ScrolledPage {
  readonly points: StoredPoint[]
  readonly next: PointId | null
}

/** A request to a store that is going to be sent again. */
export interface Retry {
  /** What came of its last try. */
  readonly error: StoreError
  /** Since its first try began. */
  readonly sinceMs: number
}

/** Names that stand for collections. */
export interface StoreAliases {
  /** Collection by alias. */
  list(): Promise<ReadonlyMap<string, string>>
  /** Lets names stand for another collection, all in one request: who asks meanwhile gets the one or the other. */
  switch(aliases: readonly string[], collection: string): Promise<void>
}

/** What only some stores have. One that leaves a member out has nothing to do or to say there, and callers go on without it. */
export interface StoreCapabilities {
  /** Set by whoever watches; called before a request is sent again. */
  onRetry?: ((retry: Retry) => void) | null
  readonly aliases?: StoreAliases
  /** The metadata that a collection was made with. An embedded store knows it even if the collection's files are damaged; a server has to describe the collection for it. */
  metadata?(collection: string): Readonly<Record<string, unknown>> | null
  /** Puts entries beside those that a collection's metadata have, or in their place. @throws StoreError `COLLECTION_MISSING` */
  updateMetadata?(collection: string, entries: Readonly<Record<string, unknown>>): Promise<void>
  /** Names of the loaders, other than this store's, whose loads keep the graphs off: they run, or died. */
  readLoaders?(collection: string): Promise<string[]>
  /** Waits until everything that was stored is indexed. @throws the signal's reason when aborted */
  waitUntilGreen?(collection: string, signal?: AbortSignal): Promise<void>
  /** Holds all of a collection's files against their checksums. @throws StoreError `STORE_CORRUPT` */
  requireIntact?(collection: string): Promise<void>
}

/**
 * Where points live. Three implementations pass one contract suite (test/stores/store.contract.ts): memory, local, qdrant.
 * Requests and filters are Qdrant's own JSON, so that a search is the same request everywhere.
 * A batch is stored whole or not at all, and a resolved promise means that it is stored (on disk, where there is one).
 */
export interface Store extends StoreCapabilities {
  /** Where the points are: `memory`, a folder or a URL without secrets. */
  readonly location: string
  /** Upserts that may be under way at the same time with profit: 1 where writes are made one after the other. */
  readonly upsertStreams: number
  /** @throws StoreError `COLLECTION_EXISTS` */
  createCollection(collection: string, config: CollectionConfig): Promise<void>
  /** Null if there is no such collection. */
  describeCollection(collection: string): Promise<CollectionDescription | null>
  listCollections(): Promise<string[]>
  deleteCollection(collection: string): Promise<void>
  /** Makes an index of a payload field; one that is there already is left, or made anew with other parameters. */
  createPayloadIndex(collection: string, field: string, schema: PayloadIndexSchema): Promise<void>
  /** Many upserts follow: what slows them down may wait until {@link endLoad}. */
  beginLoad(collection: string): Promise<void>
  /**
   * The upserts are done: indexes that waited are built (or begun, on a server), and what earlier loads that died left behind is put right,
   * also without a {@link beginLoad} before.
   * @param options `isPart`: others go on with the load, so what waits for its end still waits, and only what was stored is looked for
   * @throws StoreError `UPLOAD_INCOMPLETE` naming points that were stored in this load and are there no longer
   */
  endLoad(collection: string, options?: { readonly isPart?: boolean }): Promise<void>
  /**
   * Stores the points; a point whose id exists is replaced.
   * @throws VectorError `VECTOR_DIMENSION`, `VECTOR_NOT_FINITE`, `SPARSE_DUPLICATE_INDEX`: nothing is written
   * @throws PartialUpsertError where a batch may be stored in part: it names the points that are not
   */
  upsert(collection: string, points: readonly Point[]): Promise<void>
  delete(collection: string, ids: readonly PointId[]): Promise<void>
  /** The points that exist, in the order of `ids`. */
  retrieve(collection: string, ids: readonly PointId[], options?: PointReadOptions): Promise<StoredPoint[]>
  /** Points in the order of their ids (integers, then UUIDs), from `offset` on; `next` is null at the end. */
  scroll(collection: string, options: ScrollOptions): Promise<ScrolledPage>
  count(collection: string, filter?: Filter): Promise<number>
  /** @throws StoreError `COLLECTION_MISSING`, `REQUEST_REFUSED` */
  query(collection: string, request: QueryRequest): Promise<Hit[]>
  /** Several queries in one request, their hits in the same order. */
  queryBatch(collection: string, requests: readonly QueryRequest[]): Promise<Hit[][]>
  close(): Promise<void>
}
