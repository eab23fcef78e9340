import { type OffgridError, StoreError } from '../../errors.js'
import type { JsonObject } from '../../options.js'
import type { Method } from '../../pipeline/collection/collection-plan.js'
import type { NamedVectors } from '../../pipeline/collection/foreign-plan.js'
import { METHODS } from '../../pipeline/collection/methods.js'
import { hitText } from '../../pipeline/search/hit-text.js'
import type { ScorePairs } from '../../pipeline/search/rerank-hits.js'
import { type RankedHit, search } from '../../pipeline/search/search.js'
import type { Filter } from '../../stores/store.js'
import { StoreThread } from '../../stores/store-thread.js'
import type { ReadStore } from '../../stores/store-thread-task.js'
import { workerFile } from '../../worker-file.js'
import type { Call, Handler } from '../http/http-service.js'
import { jsonAnswer, jsonPieces } from '../http/send-answer.js'
import type { TextService } from '../models/text-service.js'
import { WorkQueue } from '../models/work-queue.js'
import { StoreView } from '../store-view.js'
import {
  bodyChoice,
  bodyCount,
  bodyObject,
  bodyString,
  bodyStrings,
  invalidRequest,
  rejectUnknownBodyFields,
} from './body-fields.js'
import { countFilterConditions } from './count-conditions.js'

export interface SearchedStore {
  /** Folder of an embedded store; it may come into being later. */
  readonly path: string
  /** Model of each method, for collections that do not say how they were filled. */
  readonly models: Readonly<Record<Method, string>>
}

const FIELDS = [
  ...['query', 'collection', 'limit', 'prefetch', 'methods', 'fusion', 'rerank', 'rerank_model', 'filter'],
  ...['using', 'model', 'sparse_model', 'late_model', 'text_field'],
]
const MAX_LIMIT = 1_000
const MAX_QUERY_LENGTH = 10_000
/** Conditions of a filter: each may be asked of every point. Counted before a query is encoded, and by the store. */
const MAX_CONDITIONS = 512

/**
 * Hybrid search over an embedded store, which is opened when it is first asked for, and anew when the page is loaded. It is read in a thread
 * of its own, by one search at a time, and clients take turns.
 */
export class StoreSearch {
  readonly #service: TextService
  readonly #searched: SearchedStore
  readonly #thread = new StoreThread(workerFile('read-store'))
  readonly #turns = new WorkQueue({ concurrency: 1, batchTokens: 1, backlogTokens: Number.POSITIVE_INFINITY })
  #view: StoreView | null = null
  /** A view that is opened once the one before it is, whoever asks meanwhile. */
  #next: StoreView | null = null
  #opened: Promise<unknown> = Promise.resolve()
  #live: ReadStore | null = null

  constructor(service: TextService, searched: SearchedStore) {
    this.#service = service
    this.#searched = searched
  }

  /** `POST /search`: hits with their rank in every list, as `offgrid search --json` prints them. */
  get searchRoute(): Handler {
    return async (call) => {
      const body = bodyObject(await call.json(), 'The request')
      rejectUnknownBodyFields(body, FIELDS)
      const query = bodyString(body.query, 'query')
      if (query.length > MAX_QUERY_LENGTH)
        throw invalidRequest(`query: expected at most ${MAX_QUERY_LENGTH} characters`)
      const options = {
        limit: bodyCount(body, 'limit', MAX_LIMIT, 10),
        prefetch: bodyCount(body, 'prefetch', MAX_LIMIT, 100),
        fusion: bodyChoice(body, 'fusion', ['dbsf', 'rrf'], 'dbsf'),
        rerank: bodyChoice(body, 'rerank', [true, false], false),
        ...(body.methods !== undefined && { methods: readMethods(body.methods) }),
        ...(body.filter !== undefined && { filter: readFilter(body.filter) }),
      }
      const scorePairs = await this.#rerankerOf(body, call)
      const named = readNamedVectors(body)
      const textField = body.text_field === undefined ? null : bodyString(body.text_field, 'text_field')
      const view = this.#view ?? this.#reopen()
      return await this.#keeping(view, async (store) => {
        const collection = await collectionOf(body, store)
        const plan = await view.planOf(collection, named)
        const encoder = this.#service.encoder(plan.spec, call)
        const started = performance.now()
        const inTurn = { queryBatch: this.#inTurn(store, call) }
        const hits = await search({ store: inTurn, collection, plan, encoder }, query, options, scorePairs)
        const head = { query, collection, milliseconds: performance.now() - started }
        const texts = (hit: RankedHit) => (textField === null ? hit : { ...hit, text: hitText(hit.payload, textField) })
        return jsonPieces(writeHits(head, hits.map(texts)))
      })
    }
  }

  /** `GET /playground`: what the page offers. The store is opened anew, so that what was stored since is there. */
  get playgroundRoute(): Handler {
    return async () => {
      const { path } = this.#searched
      const models = (await this.#service.catalog.list())
        .filter(({ kind }) => kind !== 'reranker')
        .map(({ name, kind }) => ({ name, kind }))
      const view = this.#reopen()
      const collections = await this.#keeping(view, () => view.describe()).catch((error: unknown) => {
        if (error instanceof StoreError && error.code === 'STORE_MISSING') return []
        throw error
      })
      return jsonAnswer({ models, path, collections })
    }
  }

  /** Searches a store that this process has open, in place of opening it. */
  readFrom(store: ReadStore): void {
    this.#live = store
  }

  /** Lets go of what is known of the store's collections: they have changed. */
  forget(): void {
    const view = this.#view
    this.#view = null
    void view?.close().catch(() => {})
  }

  /** Ends the search under way. */
  async close(): Promise<void> {
    await this.#thread.close()
  }

  /** Reads from a view; one whose store could not be opened, or went with its thread, is not kept. */
  async #keeping<T>(view: StoreView, read: (store: ReadStore) => Promise<T>): Promise<T> {
    try {
      return await view.use(read)
    } catch (error) {
      const { code } = error as Partial<OffgridError>
      if (this.#view === view && (code?.startsWith('STORE_') || code === 'WORKER_DIED')) {
        this.#view = null
        void view.close().catch(() => {})
      }
      throw error
    }
  }

  /** @throws InputError `INVALID_REQUEST`, `UNKNOWN_MODEL`; RequestRefusal 400 for a model that scores no pairs */
  async #rerankerOf({ rerank, rerank_model: name }: JsonObject, call: Call): Promise<ScorePairs | undefined> {
    if ((name ?? null) === null) return undefined
    if (rerank === true) throw invalidRequest('expected rerank or rerank_model, got both')
    const spec = await this.#service.catalog.reranker(bodyString(name, 'rerank_model'))
    if (spec === null)
      throw invalidRequest('rerank_model: expected a cross-encoder; "rerank": true reranks by late interaction')
    return (pairs) => this.#service.score(spec, pairs, call)
  }

  /** Searches under way keep the view that they have; it is closed after them. However many ask at once, two are opened at most. */
  #reopen(): StoreView {
    if (this.#next !== null) return this.#next
    const previous = this.#view
    const opening = this.#opened.then(() => {
      this.#next = null
      return this.#live ?? this.#thread.open(this.#searched.path, MAX_CONDITIONS)
    })
    this.#opened = opening.catch(() => {})
    const view = new StoreView(opening, this.#searched.models)
    this.#next = view
    this.#view = view
    void previous?.close().catch(() => {})
    return view
  }

  #inTurn(store: ReadStore, { client, signal }: Call): ReadStore['queryBatch'] {
    return async (collection, requests) => {
      const lane = {
        ...{ key: 'search', isUrgent: true },
        run: async () => [await store.queryBatch(collection, requests)],
      }
      const [hits] = await this.#turns.submit(lane, [requests], () => 1, signal, client)
      return hits!
    }
  }
}

/** @throws InputError `INVALID_REQUEST` */
function readFilter(value: unknown): Filter {
  const filter = bodyObject(value, 'filter')
  const conditions = countFilterConditions(filter)
  if (conditions <= MAX_CONDITIONS) return filter as Filter
  throw invalidRequest(
    `filter: expected at most ${MAX_CONDITIONS} conditions, got ${conditions}; a list of values is one: { "match": { "any": […] } }`,
  )
}

/** Hit by hit: with their payloads they may be large. */
function* writeHits(head: object, hits: readonly unknown[]): Generator<string> {
  yield `${JSON.stringify(head).slice(0, -1)},"hits":[`
  for (const [i, hit] of hits.entries()) yield `${i === 0 ? '' : ','}${JSON.stringify(hit)}`
  yield ']}'
}

/** The one that is named, or the only one there is. */
async function collectionOf({ collection }: JsonObject, store: ReadStore): Promise<string> {
  if (collection !== undefined) return bodyString(collection, 'collection')
  const names = await store.listCollections()
  if (names.length === 1) return names[0]!
  throw invalidRequest(`collection: expected one of ${names.join(', ') || 'none: the store is empty'}`)
}

/** The vectors and models of a collection that another program filled, if any are named. */
function readNamedVectors(body: JsonObject): NamedVectors | undefined {
  const { using = [] } = body
  const fields = { dense: 'model', bm25: 'sparse_model', late: 'late_model' } as const
  const given = Object.entries(fields).filter(([, field]) => body[field] !== undefined)
  const models = Object.fromEntries(given.map(([method, field]) => [method, bodyString(body[field], field)]))
  const names = bodyStrings(typeof using === 'string' ? [using] : using, 'using')
  return names.length === 0 && given.length === 0 ? undefined : { using: names, models }
}

function readMethods(value: unknown): Method[] {
  const names = bodyStrings(value, 'methods')
  const wrong = names.find((name) => !METHODS.includes(name as Method))
  if (wrong !== undefined) throw invalidRequest(`methods: expected some of ${METHODS.join(', ')}, got "${wrong}"`)
  return METHODS.filter((method) => names.includes(method))
}
