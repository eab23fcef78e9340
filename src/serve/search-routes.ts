import { StoreError } from '../errors.js'
import { METHODS, type Method } from '../pipeline/collection-plan.js'
import { search } from '../pipeline/search.js'
import type { Filter, Store } from '../stores/store.js'
import {
  type Body,
  invalidRequest,
  readChoice,
  readCount,
  rejectUnknownFields,
  requireObject,
  requireString,
  requireStrings,
} from './body-fields.js'
import type { Handler } from './http-service.js'
import { jsonAnswer } from './send-answer.js'
import { StoreView } from './store-view.js'
import type { TextService } from './text-service.js'

export interface SearchedStore {
  /** Folder of an embedded store; it may come into being later. */
  readonly path: string
  /** Model of each method, for collections that do not say how they were filled. */
  readonly models: Readonly<Record<Method, string>>
}

const FIELDS = ['query', 'collection', 'limit', 'prefetch', 'methods', 'fusion', 'rerank', 'filter']
const MAX_LIMIT = 1_000
const MAX_QUERY_LENGTH = 10_000

/** Hybrid search over an embedded store, which is opened when it is first asked for, and anew when the page is loaded. */
export class StoreSearch {
  readonly #service: TextService
  readonly #searched: SearchedStore
  #view: Promise<StoreView> | null = null

  constructor(service: TextService, searched: SearchedStore) {
    this.#service = service
    this.#searched = searched
  }

  /** `POST /search`: hits with their rank in every list, as `offgrid search --json` prints them. */
  get searchRoute(): Handler {
    return async (call) => {
      const body = requireObject(await call.json(), 'The request')
      rejectUnknownFields(body, FIELDS)
      const query = requireString(body.query, 'query')
      if (query.length > MAX_QUERY_LENGTH)
        throw invalidRequest(`query: expected at most ${MAX_QUERY_LENGTH} characters`)
      const options = {
        limit: readCount(body, 'limit', MAX_LIMIT, 10),
        prefetch: readCount(body, 'prefetch', MAX_LIMIT, 100),
        fusion: readChoice(body, 'fusion', ['dbsf', 'rrf'], 'dbsf'),
        rerank: readChoice(body, 'rerank', [true, false], false),
        ...(body.methods !== undefined && { methods: readMethods(body.methods) }),
        ...(body.filter !== undefined && { filter: requireObject(body.filter, 'filter') as Filter }),
      }
      const view = await this.#open()
      return await view.use(async (store) => {
        const collection = await collectionOf(body, store)
        const plan = await view.planOf(collection)
        const encoder = this.#service.encoder(plan.spec, call.signal)
        const started = performance.now()
        const hits = await search(store, collection, plan, encoder, query, options)
        return jsonAnswer({ query, collection, hits, milliseconds: performance.now() - started })
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
      const view = await this.#reopen().catch((error: unknown) => {
        if (error instanceof StoreError && error.code === 'STORE_MISSING') return null
        throw error
      })
      return jsonAnswer({ models, path, collections: (await view?.describe()) ?? [] })
    }
  }

  async close(): Promise<void> {
    await (await this.#view?.catch(() => null))?.close()
  }

  #open(): Promise<StoreView> {
    return this.#view ?? this.#reopen()
  }

  /** Searches under way keep the view that they have; it is closed after them. */
  #reopen(): Promise<StoreView> {
    const previous = this.#view
    const opening = StoreView.open(this.#searched.path, this.#searched.models)
    this.#view = opening
    opening.catch(() => {
      if (this.#view === opening) this.#view = null
    })
    void previous?.then((view) => view.close()).catch(() => {})
    return opening
  }
}

/** The one that is named, or the only one there is. */
async function collectionOf({ collection }: Body, store: Store): Promise<string> {
  if (collection !== undefined) return requireString(collection, 'collection')
  const names = await store.listCollections()
  if (names.length === 1) return names[0]!
  throw invalidRequest(`collection: expected one of ${names.join(', ') || 'none: the store is empty'}`)
}

function readMethods(value: unknown): Method[] {
  const names = requireStrings(value, 'methods')
  const wrong = names.find((name) => !METHODS.includes(name as Method))
  if (wrong !== undefined) throw invalidRequest(`methods: expected some of ${METHODS.join(', ')}, got "${wrong}"`)
  return METHODS.filter((method) => names.includes(method))
}
