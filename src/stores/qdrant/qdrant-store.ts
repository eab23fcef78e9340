import type { Schemas } from '@qdrant/js-client-rest'
import type { PointId } from '../../document.js'
import { rejectUnknownOptions } from '../../errors.js'
import { parsePointId } from '../embedded/point-id.js'
import { namedVectors } from '../embedded/table-schema.js'
import type {
  CollectionConfig,
  CollectionDescription,
  Filter,
  Hit,
  Point,
  QueryRequest,
  ReadOptions,
  Store,
  StoredPoint,
} from '../store.js'
import { readResult } from './answer.js'
import { type EndpointOptions, readEndpoint } from './endpoint.js'
import { checkFits, checkPoint } from './point-check.js'
import { writeRequest } from './request-text.js'
import { type Clock, RetryingSender, systemClock } from './retry.js'
import { readServerVersion } from './server-version.js'
import { type ServerRequest, Transport } from './transport.js'
import { type UploadOptions, type UploadSummary, uploadPoints } from './upload.js'
import { describeFailure, UploadError } from './upload-error.js'

export interface QdrantStoreOptions extends EndpointOptions {
  /** Of one try of a request. @default 60_000 */
  readonly timeoutMs?: number
  /** Tries of a request that can be repeated, all but creating a collection. @default 4 */
  readonly attempts?: number
  /** How {@link QdrantStore.upsert} uploads. */
  readonly upload?: UploadOptions
  /** @default the system's clock */
  readonly clock?: Clock
}

const OPTIONS: readonly (keyof QdrantStoreOptions)[] = [
  'url',
  'apiKey',
  'apiKeyFile',
  'caFile',
  'timeoutMs',
  'attempts',
  'upload',
  'clock',
]

/** Ids of one retrieve: their vectors come back in one answer. */
const RETRIEVED_IDS = 500

/** Smaller than an upload's: somebody waits for a search. */
const READ_RETRIES = { baseDelayMs: 100, maxDelayMs: 2000, giveUpAfterMs: 120_000 }

/**
 * Connects to a Qdrant server (1.16 or later) and checks its version; the API key is first needed by the first call.
 * @throws StoreError `STORE_UNREACHABLE`, `SERVER_UNKNOWN`, `SERVER_TOO_OLD`
 * @throws InputError `UNKNOWN_OPTION`, `INVALID_OPTION`
 */
export async function openQdrantStore(options: QdrantStoreOptions): Promise<QdrantStore> {
  rejectUnknownOptions(options, OPTIONS, 'openQdrantStore')
  const transport = new Transport(await readEndpoint(options))
  const { timeoutMs = 60_000, attempts = 4, clock = systemClock, upload = {} } = options
  const sender = new RetryingSender(transport, { attempts, clock, ...READ_RETRIES })
  try {
    const version = readServerVersion(await sender.send({ method: 'GET', path: '/', timeoutMs }), transport.location)
    return new QdrantStore(transport, sender, version, { timeoutMs, upload: { clock, ...upload } })
  } catch (error) {
    transport.close()
    throw error
  }
}

/** A self-hosted Qdrant server over REST. */
export class QdrantStore implements Store {
  readonly location: string
  readonly serverVersion: string
  readonly #transport: Transport
  readonly #sender: RetryingSender
  readonly #timeoutMs: number
  readonly #uploadOptions: UploadOptions
  #uploadRetries = 0

  /** Use {@link openQdrantStore}. */
  constructor(
    transport: Transport,
    sender: RetryingSender,
    serverVersion: string,
    options: { readonly timeoutMs: number; readonly upload: UploadOptions },
  ) {
    this.location = transport.location
    this.serverVersion = serverVersion
    this.#transport = transport
    this.#sender = sender
    this.#timeoutMs = options.timeoutMs
    this.#uploadOptions = options.upload
  }

  /** Requests that were sent again, of all uploads that ended and of all other calls. */
  get retries(): number {
    return this.#sender.retries + this.#uploadRetries
  }

  async createCollection(collection: string, config: CollectionConfig): Promise<void> {
    await this.#call('PUT', collectionPath(collection), config, { isRepeatable: false })
  }

  async describeCollection(collection: string): Promise<CollectionDescription | null> {
    try {
      const { config } = await this.#call<Schemas['CollectionInfo']>('GET', collectionPath(collection))
      return { ...readVectorParams(config), metadata: config.metadata ?? {}, points: await this.count(collection) }
    } catch (error) {
      if ((error as { code?: string }).code === 'COLLECTION_MISSING') return null
      throw error
    }
  }

  async listCollections(): Promise<string[]> {
    const { collections } = await this.#call<Schemas['CollectionsResponse']>('GET', '/collections')
    return collections.map(({ name }) => name).sort()
  }

  async deleteCollection(collection: string): Promise<void> {
    await this.#call('DELETE', collectionPath(collection))
  }

  /**
   * Checks all points against the collection, then stores them; `points` may take several requests.
   * @throws VectorError `VECTOR_DIMENSION`, `VECTOR_NOT_FINITE`, `SPARSE_DUPLICATE_INDEX`, `VECTOR_KIND`: nothing is written
   * @throws StoreError `COLLECTION_MISSING`, `VECTOR_UNKNOWN`
   * @throws UploadError `UPLOAD_INCOMPLETE`: some of the points are written, `failed` names the others
   */
  async upsert(collection: string, points: readonly Point[]): Promise<void> {
    if (points.length === 0) return
    const { config } = await this.#call<Schemas['CollectionInfo']>('GET', collectionPath(collection))
    const params = readVectorParams(config)
    for (const point of points) {
      parsePointId(point.id)
      checkPoint(point)
      checkFits(point, params)
    }
    let read = 0
    const source = function* () {
      for (const point of points) {
        read++
        yield point
      }
    }
    let failed: UploadError['failed'] = []
    let stored = 0
    let failure: UploadError | undefined
    try {
      ;({ failed, stored } = await this.upload(collection, source()))
    } catch (error) {
      if (!(error instanceof UploadError)) throw error
      failure = error
      stored = error.stored
      const unread = points
        .slice(read)
        .map(({ id }) => ({ id, kind: 'unsent' as const, reason: 'not sent: the upload was given up before' }))
      failed = [...error.failed, ...unread]
    }
    if (failed.length === 0) return
    const code = failure?.code ?? 'UPLOAD_INCOMPLETE'
    throw new UploadError(code, describeFailure(failed, stored, this.location), failed, stored, failure?.cause)
  }

  /** Stores a stream of points, see {@link uploadPoints}. `options` take precedence over those that the store was opened with. */
  async upload(
    collection: string,
    points: Iterable<Point> | AsyncIterable<Point>,
    options: UploadOptions = {},
  ): Promise<UploadSummary> {
    const summary = await uploadPoints(this.#transport, collection, points, { ...this.#uploadOptions, ...options })
    this.#uploadRetries += summary.retries
    return summary
  }

  async delete(collection: string, ids: readonly PointId[]): Promise<void> {
    if (ids.length > 0) await this.#call('POST', `${pointsPath(collection)}/delete?wait=true`, { points: ids })
  }

  async retrieve(collection: string, ids: readonly PointId[], options: ReadOptions = {}): Promise<StoredPoint[]> {
    const found = new Map<PointId, StoredPoint>()
    for (let begin = 0; begin < ids.length; begin += RETRIEVED_IDS) {
      const body = { ids: ids.slice(begin, begin + RETRIEVED_IDS), ...readFields(options) }
      for (const record of await this.#call<Schemas['Record'][]>('POST', pointsPath(collection), body)) {
        found.set(record.id, toStoredPoint(record))
      }
    }
    return [...new Set(ids.map(parsePointId))].flatMap((id) => found.get(id) ?? [])
  }

  async scroll(
    collection: string,
    options: ReadOptions & { readonly filter?: Filter; readonly limit: number; readonly offset?: PointId },
  ): Promise<{ points: StoredPoint[]; next: PointId | null }> {
    const { filter, limit, offset } = options
    const body = { filter, limit, offset, ...readFields(options) }
    const page = await this.#call<Schemas['ScrollResult']>('POST', `${pointsPath(collection)}/scroll`, body)
    return { points: page.points.map(toStoredPoint), next: (page.next_page_offset ?? null) as PointId | null }
  }

  async count(collection: string, filter?: Filter): Promise<number> {
    return (
      await this.#call<Schemas['CountResult']>('POST', `${pointsPath(collection)}/count`, { filter, exact: true })
    ).count
  }

  async query(collection: string, request: QueryRequest): Promise<Hit[]> {
    return toHits(await this.#call<Schemas['QueryResponse']>('POST', `${pointsPath(collection)}/query`, request))
  }

  async queryBatch(collection: string, requests: readonly QueryRequest[]): Promise<Hit[][]> {
    if (requests.length === 0) return []
    const path = `${pointsPath(collection)}/query/batch`
    return (await this.#call<Schemas['QueryResponse'][]>('POST', path, { searches: requests })).map(toHits)
  }

  async close(): Promise<void> {
    this.#transport.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #call<T>(
    method: ServerRequest['method'],
    path: string,
    body?: object,
    options: Pick<ServerRequest, 'isRepeatable'> = {},
  ): Promise<T> {
    const json = body === undefined ? {} : { body: [Buffer.from(writeRequest(body))] }
    const answer = await this.#sender.send({ method, path, timeoutMs: this.#timeoutMs, ...json, ...options })
    return readResult<T>(answer, this.location)
  }
}

function collectionPath(collection: string): string {
  return `/collections/${encodeURIComponent(collection)}`
}

function pointsPath(collection: string): string {
  return `${collectionPath(collection)}/points`
}

function readVectorParams(
  config: Schemas['CollectionConfig'],
): Pick<CollectionDescription, 'vectors' | 'sparseVectors'> {
  const { vectors, sparse_vectors } = config.params
  return {
    vectors: namedVectors({ vectors } as CollectionConfig),
    sparseVectors: (sparse_vectors ?? {}) as CollectionDescription['sparseVectors'],
  }
}

function readFields(options: ReadOptions): object {
  return { with_payload: options.payload ?? true, with_vector: options.vectors ?? false }
}

function toStoredPoint(record: Schemas['Record']): StoredPoint {
  return {
    id: record.id as PointId,
    payload: record.payload ?? null,
    vectors: (record.vector ?? null) as StoredPoint['vectors'],
  }
}

function toHits(response: Schemas['QueryResponse']): Hit[] {
  return response.points.map(({ id, score, payload }) => ({ id: id as PointId, score, payload: payload ?? null }))
}
