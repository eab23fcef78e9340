import type { Schemas } from '#qdrant-client'
import { InputError, StoreError } from '../../../errors.js'
import { invalidOption, requireObject } from '../../../options.js'
import { readResult } from './answer.js'
import { writeRequest } from './request-text.js'
import type { RetryingSender } from './retry.js'
import { toServerFilters } from './server-filters.js'
import type { ServerRequest } from './transport.js'

/** Requests of JSON, answered by their `result`. */
export class ServerCalls {
  readonly location: string
  readonly #sender: RetryingSender
  readonly #timeoutMs: number

  constructor(location: string, sender: RetryingSender, timeoutMs: number) {
    this.location = location
    this.#sender = sender
    this.#timeoutMs = timeoutMs
  }

  /** @throws StoreError what another answer than 2xx stands for */
  async call<T>(
    method: ServerRequest['method'],
    path: string,
    body?: object,
    options: Pick<ServerRequest, 'isRepeatable'> = {},
  ): Promise<T> {
    const json = body === undefined ? {} : { body: [Buffer.from(writeBody(body))] }
    const answer = await this.#sender.send({ method, path, timeoutMs: this.#timeoutMs, ...json, ...options })
    return readResult<T>(answer, this.location)
  }

  /** Asks for points by a body that may have filters. @throws StoreError as {@link call} does */
  find<T>(path: string, body: object): Promise<T> {
    return this.call('POST', path, toServerFilters(body) as object)
  }

  /** @throws StoreError `COLLECTION_MISSING` */
  readInfo(collection: string): Promise<Schemas['CollectionInfo']> {
    return this.call('GET', collectionPath(collection))
  }

  /** All points of a collection, whatever their shard key. */
  async countAll(collection: string): Promise<number> {
    const body = { exact: true }
    return (await this.call<Schemas['CountResult']>('POST', `${pointsPath(collection)}/count`, body)).count
  }

  /** Their names, in order. */
  async listCollections(): Promise<string[]> {
    const { collections } = await this.call<Schemas['CollectionsResponse']>('GET', '/collections')
    return collections.map(({ name }) => name).sort()
  }

  async updateCollection(collection: string, changes: object): Promise<void> {
    await this.call('PATCH', collectionPath(collection), changes)
  }

  /** A key that is there already is left. */
  async createShardKey(collection: string, shardKey: string | number): Promise<void> {
    try {
      await this.call('PUT', `${collectionPath(collection)}/shards`, { shard_key: shardKey })
    } catch (error) {
      if (!(error instanceof StoreError && /already exist/i.test(error.message))) throw error
    }
  }
}

/** @throws InputError `INVALID_REQUEST` for what is no JSON: an object that holds itself, a bigint */
function writeBody(body: object): string {
  requireObject('QdrantStore', 'request', body)
  try {
    return writeRequest(body)
  } catch (cause) {
    throw new InputError('INVALID_REQUEST', `Expected a request that is JSON, got: ${(cause as Error).message}.`, {
      cause,
    })
  }
}

/** @throws InputError `INVALID_OPTION` for a name that names no collection */
export function collectionPath(collection: string): string {
  if (typeof collection !== 'string' || collection === '' || /\p{Surrogate}/u.test(collection)) {
    throw invalidOption('QdrantStore', 'collection', 'the name of a collection', collection)
  }
  return `/collections/${encodeURIComponent(collection)}`
}

export function pointsPath(collection: string): string {
  return `${collectionPath(collection)}/points`
}
