import { toErrorRecord } from '../error-record.js'
import { StoreError } from '../errors.js'
import { AskedThread, type Asking } from './asked-thread.js'
import type { ClientTask, EmbeddedTexts, ReadingMethod, RestTask, WantedTexts } from './client-thread-task.js'
import type { LocalClient } from './local-client/local-client.js'
import type { EmbedTexts } from './local-client/text-inference.js'
import { readDescription } from './qdrant/wire/collection-shape.js'
import type { ReadStore } from './store-thread-task.js'
import { readFields, toHits, toScrolledPage, toStoredPoint } from './stored-point.js'

/** Where the store is, and what one request may be. */
export interface ClientThreadOptions {
  /** The compiled entry point `workers/serve-client`. */
  readonly file: string
  /** Folder of the store; made if it is not there. */
  readonly path: string
  /** Conditions of a filter; one with more is refused. */
  readonly maxConditions: number
  /** Characters of an answer; a longer one is refused. */
  readonly maxAnswer: number
}

/** Who makes the vectors of a task's texts, and what went wrong with that: more than crosses a thread and comes back. */
interface Embedder {
  readonly embedTexts: EmbedTexts
  failure?: unknown
}

/**
 * An embedded store that is open for writing in a thread of its own, so that no request of its holds up what else the process does. Bodies come as
 * bytes and answers leave as JSON: neither is ever an object in the caller's thread. A thread that ended is replaced, and the store opened anew.
 */
export class ClientThread {
  readonly #thread: AskedThread
  readonly #options: ClientThreadOptions
  readonly #embedders = new Map<number, Embedder>()
  #opened: Promise<unknown> | null = null
  #isClosed = false

  private constructor(options: ClientThreadOptions) {
    this.#options = options
    this.#thread = new AskedThread(options.file, (wanted: WantedTexts, reply) => void this.#embed(wanted, reply))
  }

  /** @throws StoreError `STORE_LOCKED`, `STORE_CORRUPT`, `STORE_VERSION`, `STORE_NOT_WRITABLE`; WorkerError `WORKER_DIED` */
  static async open(options: ClientThreadOptions): Promise<ClientThread> {
    const client = new ClientThread(options)
    try {
      await client.#open()
    } catch (error) {
      await client.#thread.end()
      throw error
    }
    return client
  }

  /**
   * Carries out a REST request.
   * @param task its body goes to the thread, and is empty here after
   * @param embedTexts makes the vectors of the texts in it
   * @returns the result as JSON in UTF-8
   * @throws StoreError, VectorError, InputError as `LocalClient` does; what `embedTexts` throws; WorkerError `WORKER_DIED`
   */
  async rest(task: RestTask, embedTexts: EmbedTexts): Promise<Uint8Array> {
    await this.#open()
    const id = this.#thread.nextId()
    const embedder: Embedder = { embedTexts }
    this.#embedders.set(id, embedder)
    try {
      return (await this.#thread.ask({ op: 'rest', ...task }, id, [task.body.buffer as ArrayBuffer])) as Uint8Array
    } catch (error) {
      throw embedder.failure ?? error
    } finally {
      this.#embedders.delete(id)
    }
  }

  /** The same store, to be read by what takes a store: always as it is now. Closing that closes nothing. */
  get store(): ReadStore {
    const read = <Method extends ReadingMethod>(method: Method, ...args: readonly unknown[]) =>
      this.#read(method, args) as ReturnType<LocalClient[Method]>
    return {
      location: this.#options.path,
      listCollections: async () => (await read('getCollections')).collections.map(({ name }) => name),
      describeCollection: async (collection) => {
        try {
          const info = await read('getCollection', collection)
          return readDescription(info, info.points_count ?? 0)
        } catch (error) {
          if (error instanceof StoreError && error.code === 'COLLECTION_MISSING') return null
          throw error
        }
      },
      count: async (collection, filter) => (await read('count', collection, { filter })).count,
      queryBatch: async (collection, searches) => (await read('queryBatch', collection, { searches })).map(toHits),
      retrieve: async (collection, ids, options = {}) =>
        (await read('retrieve', collection, { ids, ...readFields(options) })).map(toStoredPoint),
      scroll: async (collection, options) => {
        const { filter, limit, offset } = options
        return toScrolledPage(await read('scroll', collection, { filter, limit, offset, ...readFields(options) }))
      },
      close: async () => {},
    }
  }

  /** Waits for the writes that were asked for, closes the files, and ends the thread. */
  async close(): Promise<void> {
    this.#isClosed = true
    if (this.#thread.isRunning) await this.#ask({ op: 'close' }).catch(() => {})
    await this.#thread.end()
  }

  async #read(method: ReadingMethod, args: readonly unknown[]): Promise<unknown> {
    await this.#open()
    return await this.#ask({ op: 'read', method, args })
  }

  #ask(task: Asking<ClientTask>): Promise<unknown> {
    return this.#thread.ask(task)
  }

  async #open(): Promise<void> {
    if (this.#isClosed)
      throw new StoreError('STORE_CLOSED', 'The store is closed: the service is ending.', { status: 503 })
    if (this.#opened === null || !this.#thread.isRunning) {
      const { path, maxConditions, maxAnswer } = this.#options
      this.#opened = this.#ask({ op: 'open', path, maxConditions, maxAnswer })
      this.#opened.catch(() => {
        this.#opened = null
      })
    }
    await this.#opened
  }

  async #embed({ embed, task, texts, side }: WantedTexts, reply: (message: EmbeddedTexts) => void): Promise<void> {
    const embedder = this.#embedders.get(task)
    try {
      if (embedder === undefined) throw new StoreError('STORE_CLOSED', 'Nobody waits for the request any longer.')
      reply({ embedded: embed, vectors: await embedder.embedTexts(texts, side) })
    } catch (error) {
      if (embedder !== undefined) embedder.failure = error
      reply({ embedded: embed, error: toErrorRecord(error) })
    }
  }
}
