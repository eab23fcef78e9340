import { QdrantClient, type QdrantClientParams } from '#qdrant-client'
import type { Side } from '../encoders/encoder.js'
import { optionError, StoreError } from '../errors.js'
import { given, invalidOption, rejectUnknownOptions, requireObject, shown } from '../options.js'
import { LocalClient } from '../stores/local-client/local-client.js'
import { unsupported } from '../stores/request/refusal.js'
import { checkServerVersion } from './check-server-version.js'
import { embedRequest } from './embed-request.js'
import { toServerVector } from './json-vector.js'
import { RecordedBm25 } from './recorded-bm25.js'
import { readServerParams, SERVER_PARAMS } from './server-params.js'
import { TextEncoders, type TextEncodersOptions } from './text-encoders.js'
import { type MapVectors, mapQuery, mapQueryBatch, mapUpdate, mapUpdateBatch } from './vector-places.js'

/** What an {@link InferenceClient} can be told: where the server is, and how texts are embedded. */
export interface InferenceClientOptions extends QdrantClientParams, TextEncodersOptions {
  /** Asks for the server's version before the first request with vectors; one before 1.10 fails with `SERVER_TOO_OLD`. @default false */
  readonly checkCompatibility?: boolean
  /**
   * Who computes `Qdrant/bm25`. `local`: this process, as FastEmbed and `offgrid ingest` do. `server`: the model inside the
   * Qdrant server (1.15 and later), whose options are other ones; its vectors differ for words with `_` and over 40 characters.
   * @default 'local'
   */
  readonly bm25?: 'local' | 'server'
  /** The embedded store to ask in place of a server; `close()` leaves it open. @default a server */
  readonly client?: LocalClient
}

type Request<Method extends 'upsert' | 'updateVectors' | 'batchUpdate' | 'query' | 'queryBatch' | 'queryGroups'> =
  Parameters<QdrantClient[Method]>[1]
type Answer<Method extends keyof QdrantClient> = ReturnType<QdrantClient[Method]>

const OPTION_NAMES = [
  ...SERVER_PARAMS,
  'bm25',
  'client',
  'workers',
  'pool',
  'precision',
  'maxTokens',
  'modelsFolder',
] as const

/**
 * Qdrant's client, whose requests may hold `{ text, model, options }` wherever a vector may stand: in points, batches, updates of
 * vectors, queries of every kind and prefetches at any depth. The texts are embedded in this process, those of an update as documents,
 * those of a query as queries; then the request goes to the server, or to a {@link LocalClient}.
 *
 * A request that failed to embed is not sent. The constructor opens nothing and prints nothing.
 * @example
 * const client = new InferenceClient({ url: 'http://127.0.0.1:6333' })
 * const model = 'sentence-transformers/all-MiniLM-L6-v2'
 * await client.upsert('notes', { points: [{ id: 1, vector: { text: 'Cartilage is a tissue.', model } }] })
 * const { points } = await client.query('notes', { query: { text: 'What is cartilage?', model }, limit: 5 })
 * await client.close()
 */
export class InferenceClient extends QdrantClient implements AsyncDisposable {
  readonly #local: LocalClient | undefined
  readonly #encoders: TextEncoders
  readonly #keepsBm25: boolean
  readonly #recorded: RecordedBm25
  /** The version check that is owed or under way; null where none was asked for. */
  #versionCheck: Promise<void> | 'owed' | null

  /** @throws InputError `UNKNOWN_OPTION`, `INVALID_OPTION` */
  constructor(options: InferenceClientOptions = {}) {
    rejectUnknownOptions(options, OPTION_NAMES, 'InferenceClient')
    const { bm25 = 'local', client, workers, pool, precision, maxTokens, modelsFolder, ...server } = options
    const { checkCompatibility = false, ...params } = server
    super(readServerParams(params))
    if (bm25 !== 'local' && bm25 !== 'server') {
      throw optionError(`bm25: expected 'local' or 'server', got ${shown(bm25)}.`)
    }
    if (client !== undefined && !(client instanceof LocalClient)) {
      throw invalidOption('InferenceClient', 'client', 'a LocalClient (await LocalClient.open({ path }))', client)
    }
    if (client !== undefined && Object.values(server).some((value) => value !== undefined)) {
      throw optionError(`Expected a client or a server's address, got both: ${Object.keys(server).join(', ')}.`)
    }
    this.#keepsBm25 = bm25 === 'server'
    this.#encoders = new TextEncoders(given({ workers, pool, precision, maxTokens, modelsFolder }))
    this.#recorded = new RecordedBm25(async (collection) => {
      const { config } = await this.getCollection(collection)
      return (config.metadata ?? {}) as Record<string, unknown>
    })
    this.#versionCheck = checkCompatibility ? 'owed' : null
    this.#local = client
    if (client !== undefined) forwardTo(client, this)
  }

  /** Waits for the texts under way and ends the threads; a shared pool and a client that was given stay open. */
  close(): Promise<void> {
    return this.#encoders.close()
  }

  /** The same as {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  override api(): ReturnType<QdrantClient['api']> {
    return this.#local ? this.#local.api() : super.api()
  }

  override async upsert(collection: string, request: Request<'upsert'>): Answer<'upsert'> {
    const embedded = await this.#embed(collection, request, mapUpdate, 'document')
    return this.#local ? this.#local.upsert(collection, embedded) : super.upsert(collection, embedded)
  }

  override async updateVectors(collection: string, request: Request<'updateVectors'>): Answer<'updateVectors'> {
    const embedded = await this.#embed(collection, request, mapUpdate, 'document')
    if (this.#local) return this.#local.updateVectors(collection, embedded)
    // not super.updateVectors, which leaves update_filter out
    const { data } = await this.api().updateVectors({ collection_name: collection, wait: true, ...embedded })
    return requireResult(data.result)
  }

  override async batchUpdate(collection: string, request: Request<'batchUpdate'>): Answer<'batchUpdate'> {
    const embedded = await this.#embed(collection, request, mapUpdateBatch, 'document')
    return this.#local ? this.#local.batchUpdate(collection, embedded) : super.batchUpdate(collection, embedded)
  }

  override async query(collection: string, request: Request<'query'>): Answer<'query'> {
    const embedded = await this.#embed(collection, request, mapQuery, 'query')
    return this.#local ? this.#local.query(collection, embedded) : super.query(collection, embedded)
  }

  override async queryBatch(collection: string, request: Request<'queryBatch'>): Answer<'queryBatch'> {
    const embedded = await this.#embed(collection, request, mapQueryBatch, 'query')
    return this.#local ? this.#local.queryBatch(collection, embedded) : super.queryBatch(collection, embedded)
  }

  override async queryGroups(collection: string, request: Request<'queryGroups'>): Answer<'queryGroups'> {
    const embedded = await this.#embed(collection, request, mapQuery, 'query')
    if (this.#local) return this.#local.queryGroups(collection, embedded)
    // not super.queryGroups, which leaves lookup_from out
    const { data } = await this.api().queryPointsGroups({ collection_name: collection, ...embedded })
    return requireResult(data.result)
  }

  async #embed<T extends object>(collection: string, request: T, map: MapVectors, side: Side): Promise<T> {
    requireObject('InferenceClient', 'request', request)
    const finish = this.#local ? (vector: unknown) => vector : toServerVector
    const embedding = embedRequest(request, map, this.#encoders, {
      side,
      keepsBm25: this.#keepsBm25,
      requireBm25: (wanted) => this.#recorded.require(collection, wanted, side),
      finish,
    })
    const [embedded] = await Promise.all([embedding, this.#checkVersion()])
    return embedded
  }

  #checkVersion(): Promise<void> | null {
    if (this.#versionCheck !== 'owed') return this.#versionCheck
    this.#versionCheck = checkServerVersion(this).catch((error: unknown) => {
      this.#versionCheck = 'owed'
      throw error
    })
    return this.#versionCheck
  }
}

/** Lets the methods of Qdrant's client that carry no vectors answer from the embedded store; what that lacks is refused by name. */
function forwardTo(local: LocalClient, client: InferenceClient): void {
  const own = Object.getOwnPropertyNames(InferenceClient.prototype)
  for (const name of Object.getOwnPropertyNames(QdrantClient.prototype)) {
    if (own.includes(name)) continue
    const method: unknown = Reflect.get(local, name)
    const forward =
      typeof method === 'function'
        ? (...args: unknown[]) => Reflect.apply(method, local, args)
        : () => Promise.reject(unsupported(`${name}()`))
    Object.defineProperty(client, name, { value: forward, configurable: true })
  }
}

function requireResult<T>(result: T | undefined): T {
  if (result === undefined)
    throw new StoreError('STORE_FAILED', 'Expected a result in the answer of the server, got none.')
  return result
}
