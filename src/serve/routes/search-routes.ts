import { type OffgridError, StoreError } from '../../errors.js'
import type { CollectionState } from '../../mcp/passage-source.js'
import { type ReadDocument, readDocument } from '../../mcp/read-document.js'
import type { JsonObject } from '../../options.js'
import type { CollectionPlan, Method } from '../../pipeline/collection/collection-plan.js'
import type { NamedVectors } from '../../pipeline/collection/foreign-plan.js'
import { METHODS } from '../../pipeline/collection/methods.js'
import { hitText } from '../../pipeline/search/hit-text.js'
import type { ScorePairs } from '../../pipeline/search/rerank-hits.js'
import { search } from '../../pipeline/search/search.js'
import type { RankedHit, SearchOptions } from '../../pipeline/search/search-options.js'
import { openStore, type StoreLocation } from '../../stores/open-store.js'
import { StoreThread } from '../../stores/store-thread.js'
import type { ReadStore } from '../../stores/store-thread-task.js'
import { workerFile } from '../../worker-file.js'
import type { Call } from '../http/route-table.js'
import { jsonAnswer, jsonPieces } from '../http/send-answer.js'
import type { TextService } from '../models/text-service.js'
import { WorkQueue } from '../models/work-queue.js'
import type { SearchDrift } from '../search-drift.js'
import { StoreView } from '../store-view.js'
import { bodyString, invalidRequest, optionalString, readBodyFields } from './body-fields.js'
import {
  type BodySchema,
  COUNT,
  type DocumentedRoute,
  FLAG,
  type JsonSchema,
  listOf,
  objectOf,
  TEXT,
  TOKENS,
} from './documented-route.js'
import { MAX_CONDITIONS, MAX_LIMIT, MAX_QUERY_LENGTH, readNamedVectors, readSearch } from './read-search.js'
import { writeList } from './write-list.js'

export interface SearchedStore {
  /** A folder may come into being later. */
  readonly location: StoreLocation
  /** Model of each method, for collections that do not say how they were filled. */
  readonly models: Readonly<Record<Method, string>>
}

const WEIGHT: JsonSchema = {
  type: 'number',
  minimum: 0,
  description: 'How much the list counts; 1 where it is not named.',
}
const REQUEST: BodySchema = {
  properties: {
    query: { ...TEXT, maxLength: MAX_QUERY_LENGTH },
    collection: { ...TEXT, description: 'Needed where there are several.' },
    limit: { ...COUNT, maximum: MAX_LIMIT, default: 10 },
    prefetch: { ...COUNT, maximum: MAX_LIMIT, default: 100 },
    methods: listOf({ enum: METHODS }),
    fusion: { enum: ['dbsf', 'rrf'], default: 'dbsf' },
    weights: objectOf({ dense: WEIGHT, bm25: WEIGHT, late: WEIGHT }, METHODS),
    rerank: { ...FLAG, default: false },
    rerank_model: { ...TEXT, description: 'Of a cross-encoder, which orders the hits.' },
    filter: { type: 'object', description: "Qdrant's filter." },
    using: { description: 'Vectors of a collection that another program filled: a name, or a list of them.' },
    model: { ...TEXT, description: 'Of the dense vectors.' },
    sparse_model: TEXT,
    late_model: TEXT,
    text_field: { ...TEXT, description: 'Field with the text of a hit, which the answer then has as "text".' },
  },
  required: ['query'],
}
const ID: JsonSchema = { type: ['string', 'number'] }
const RANK: JsonSchema = { type: ['integer', 'null'] }
const HIT = objectOf({
  ...{ id: ID, documentId: ID, score: { type: 'number' }, payload: { type: ['object', 'null'] } },
  ranks: objectOf({ dense: RANK, bm25: RANK, fused: RANK, late: RANK }),
})
const ANSWER = objectOf({ query: TEXT, collection: TEXT, milliseconds: { type: 'number' }, hits: listOf(HIT) })
const PLAYGROUND = objectOf({
  models: listOf(objectOf({ name: TEXT, kind: TEXT })),
  path: TEXT,
  url: {
    type: ['string', 'null'],
    description: 'Of the Qdrant server that documents are sent to; null for a folder that they are written to.',
  },
  collections: listOf(objectOf({ collection: TEXT, points: TOKENS, methods: listOf(TEXT), error: TEXT }, ['error'])),
})

/**
 * Hybrid search over a store, which is opened when it is first asked for, and anew when the page is loaded. One in a folder is read in a
 * thread of its own. There is one search at a time, and clients take turns.
 */
export class StoreSearch {
  readonly #service: TextService
  readonly #searched: SearchedStore
  readonly #drift: SearchDrift
  readonly #thread = new StoreThread(workerFile('read-store'))
  readonly #turns = new WorkQueue({ concurrency: 1, batchTokens: 1, backlogTokens: Number.POSITIVE_INFINITY })
  #view: StoreView | null = null
  /** A view that is opened once the one before it is, whoever asks meanwhile. */
  #next: StoreView | null = null
  #opened: Promise<unknown> = Promise.resolve()
  #live: ReadStore | null = null
  #url: string | null

  /** @param drift is told of every search */
  constructor(service: TextService, searched: SearchedStore, drift: SearchDrift) {
    this.#service = service
    this.#drift = drift
    this.#searched = searched
    this.#url = searched.location.kind === 'local' ? null : searched.location.url
  }

  get routes(): DocumentedRoute[] {
    return [
      {
        ...{ method: 'POST', path: '/search', request: REQUEST, answer: ANSWER },
        summary:
          'Hybrid search over the store; hits with their rank in every list, as "offgrid search --json" prints them',
        exactIntegers: true,
        handle: async (call) => {
          const body = await readBodyFields(call, REQUEST)
          const { query, collection, options } = readSearch(body)
          const scorePairs = await this.#rerankerOf(body, call)
          const { hits, ...head } = await this.search(
            query,
            collection,
            options,
            call,
            scorePairs,
            readNamedVectors(body),
          )
          const textField = optionalString(body, 'text_field')
          const shown = (hit: RankedHit) =>
            textField === undefined ? hit : { ...hit, text: hitText(hit.payload, textField) }
          return jsonPieces(writeHits({ query, ...head }, hits.map(shown)))
        },
      },
      {
        ...{ method: 'GET', path: '/playground', answer: PLAYGROUND },
        summary: 'What the page offers; the store is opened anew, so that what was stored since is there',
        handle: async () => {
          const models = (await this.#service.catalog.list())
            .filter(({ kind }) => kind !== 'reranker')
            .map(({ name, kind }) => ({ name, kind }))
          return jsonAnswer({ models, path: this.path, url: this.#url, collections: await this.describe() })
        },
      },
    ]
  }

  /**
   * Hits of a collection, the only one if none is named.
   * @throws StoreError `STORE_MISSING`, `COLLECTION_MISSING`, …; InputError `INVALID_REQUEST`, `METHOD_MISSING`
   */
  async search(
    query: string,
    name: string | undefined,
    options: SearchOptions,
    call: Pick<Call, 'client' | 'signal'>,
    scorePairs?: ScorePairs,
    named?: NamedVectors,
  ): Promise<{ collection: string; milliseconds: number; hits: RankedHit[] }> {
    const work = async (store: ReadStore, collection: string, plan: CollectionPlan) => {
      const encoder = this.#service.encoder(plan.spec, call)
      const started = performance.now()
      const ask = this.#inTurn(store, call)
      const queryBatch: ReadStore['queryBatch'] = async (_, requests) => {
        const answers = await ask(collection, requests)
        const lists = requests.map((request, i) => ({ request, hits: answers[i]! }))
        this.#drift.searched(collection, plan, lists, store)
        return answers
      }
      const hits = await search({ store: { queryBatch }, collection, plan, encoder }, query, options, scorePairs)
      return { collection, milliseconds: performance.now() - started, hits }
    }
    return await this.read(name, work, named)
  }

  /**
   * Reads from a collection, the only one if none is named.
   * @throws StoreError `STORE_MISSING`, `COLLECTION_MISSING`, …; InputError `INVALID_REQUEST`
   */
  async read<T>(
    name: string | undefined,
    work: (store: ReadStore, collection: string, plan: CollectionPlan) => Promise<T>,
    named?: NamedVectors,
  ): Promise<T> {
    const view = this.#view ?? this.#reopen()
    return await this.#keeping(view, async (store) => {
      const collection = name ?? (await onlyCollection(store))
      return await work(store, collection, await view.planOf(collection, named))
    })
  }

  /** A document of a collection, the only one if none is named; null where it is not there. @throws as {@link read} */
  document(id: string | number, name: string | undefined): Promise<ReadDocument | null> {
    return this.read(name, (store, collection, plan) => readDocument(store, collection, plan, id))
  }

  /** Folder or URL of the store. */
  get path(): string {
    const { location } = this.#searched
    return location.kind === 'local' ? location.path : location.url
  }

  /** The collections of the store as it is now; none where there is no store yet. */
  async describe(): Promise<CollectionState[]> {
    const view = this.#reopen()
    return await this.#keeping(view, () => view.describe()).catch((error: unknown) => {
      if (error instanceof StoreError && error.code === 'STORE_MISSING') return []
      throw error
    })
  }

  /** Searches a store that this process has open, in place of opening it, and that others write to by a URL. */
  readFrom(store: ReadStore, url: string): void {
    this.#live = store
    this.#url = url
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
    return async (pairs) => (await this.#service.score(spec, pairs, call)).map(({ score }) => score)
  }

  /** Searches under way keep the view that they have; it is closed after them. However many ask at once, two are opened at most. */
  #reopen(): StoreView {
    if (this.#next !== null) return this.#next
    const previous = this.#view
    const opening = this.#opened.then(() => {
      this.#next = null
      const { location } = this.#searched
      if (this.#live !== null) return this.#live
      return location.kind === 'local' ? this.#thread.open(location.path, MAX_CONDITIONS) : openStore(location, 'read')
    })
    this.#opened = opening.catch(() => {})
    const view = new StoreView(opening, this.#searched.models)
    this.#next = view
    this.#view = view
    void previous?.close().catch(() => {})
    this.#drift.forget()
    return view
  }

  #inTurn(store: ReadStore, { client, signal }: Pick<Call, 'client' | 'signal'>): ReadStore['queryBatch'] {
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

/** Hit by hit: with their payloads they may be large. */
function* writeHits(head: object, hits: readonly unknown[]): Generator<string> {
  yield `${JSON.stringify(head).slice(0, -1)},"hits":`
  yield* writeList(hits, (hit) => JSON.stringify(hit))
  yield '}'
}

async function onlyCollection(store: ReadStore): Promise<string> {
  const names = await store.listCollections()
  if (names.length === 1) return names[0]!
  throw invalidRequest(`collection: expected one of ${names.join(', ') || 'none: the store is empty'}`)
}
