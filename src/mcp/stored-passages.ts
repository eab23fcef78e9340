import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Document } from '../document.js'
import { DEFAULT_MODELS } from '../encoders/default-models.js'
import type { Encoder } from '../encoders/encoder.js'
import { type EncoderSpec, openEncoder } from '../encoders/open-encoder.js'
import { InputError } from '../errors.js'
import { getOrOpen } from '../get-or-make.js'
import { givenDocument } from '../inputs/given-document.js'
import type { InputRecord } from '../inputs/input-record.js'
import { DEFAULT_CHUNKING } from '../pipeline/collection/chunking-plan.js'
import { type CollectionPlan, planCollection } from '../pipeline/collection/collection-plan.js'
import { DEFAULT_COLLECTION } from '../pipeline/collection/default-names.js'
import { tellInputs } from '../pipeline/collection/filled-from.js'
import { METHODS } from '../pipeline/collection/methods.js'
import { openCollectionPlan } from '../pipeline/collection/open-collection.js'
import { resolveCollection } from '../pipeline/collection/resolve-collection.js'
import { ingest, NOTHING_KNOWN } from '../pipeline/runs/ingest.js'
import { search } from '../pipeline/search/search.js'
import type { SearchOptions } from '../pipeline/search/search-options.js'
import { EncoderPool } from '../pool/encoder-pool.js'
import { usableCores } from '../pool/usable-cores.js'
import { openStore, type StoreLocation, storeFolder } from '../stores/open-store.js'
import type { Store } from '../stores/store.js'
import type { PassageSource, StoreOutcome, StoreState } from './passage-source.js'
import { type ReadDocument, readDocument } from './read-document.js'

export interface StoredPassagesOptions {
  readonly location: StoreLocation
  /** The one that is meant where none is named. @default the only one */
  readonly collection?: string | undefined
  /** Whether documents may be stored. @default false */
  readonly isWritable?: boolean
}

/**
 * A store as a source of passages, for a program that runs for as long as an agent does: models stay open, and a store in a folder is opened
 * anew after it was changed, by whomever. It is written to under its lock, which is held only while something is stored.
 * One thing is done at a time.
 */
export class StoredPassages implements PassageSource, AsyncDisposable {
  /** Missing where the store is only read. */
  readonly store?: (documents: readonly Document[], collection: string | undefined) => Promise<StoreOutcome>
  readonly #options: StoredPassagesOptions
  readonly #encoders = new Map<string, Promise<Encoder>>()
  #reading: { readonly store: Store; readonly state: string } | null = null
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: StoredPassagesOptions) {
    this.#options = options
    if (options.isWritable === true) {
      this.store = (documents, collection) => this.#inTurn(() => this.#store(documents, collection))
    }
  }

  /** @throws StoreError `STORE_MISSING`, `COLLECTION_MISSING`, …; ModelError; InputError `COLLECTION_UNCLEAR` */
  search(query: string, { collection: named, ...options }: SearchOptions & { readonly collection?: string } = {}) {
    return this.#inTurn(async () => {
      const store = await this.#open()
      const collection = await this.#collectionOf(store, named)
      const plan = await openCollectionPlan(store, collection, DEFAULT_MODELS)
      const encoder = await this.#encoder(plan.spec)
      return { collection, plan, hits: await search({ store, collection, plan, encoder }, query, options) }
    })
  }

  get(id: string | number, named: string | undefined): Promise<ReadDocument | null> {
    return this.#inTurn(async () => {
      const store = await this.#open()
      const collection = await this.#collectionOf(store, named)
      const plan = await openCollectionPlan(store, collection, DEFAULT_MODELS)
      return await readDocument(store, collection, plan, id)
    })
  }

  status(): Promise<StoreState> {
    return this.#inTurn(async () => {
      const store = await this.#open()
      const names = await store.listCollections()
      return { location: store.location, collections: await Promise.all(names.map((name) => describe(store, name))) }
    })
  }

  /** Waits for what is under way, and frees store and models. */
  async close(): Promise<void> {
    await this.#turn.catch(() => {})
    await this.#closeStore()
    for (const encoder of this.#encoders.values()) await (await encoder.catch(() => null))?.close()
    this.#encoders.clear()
  }

  /** As {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => {})
    return done
  }

  async #open(): Promise<Store> {
    const folder = storeFolder(this.#options.location)
    const state = folder === null ? '' : await folderState(folder)
    if (this.#reading?.state === state) return this.#reading.store
    await this.#closeStore()
    const store = await openStore(this.#options.location, 'read')
    this.#reading = { store, state }
    return store
  }

  async #closeStore(): Promise<void> {
    const reading = this.#reading
    this.#reading = null
    await reading?.store.close()
  }

  /** @throws InputError `COLLECTION_UNCLEAR` naming those that there are */
  async #collectionOf(store: Store, named = this.#options.collection): Promise<string> {
    if (named !== undefined) return named
    const names = await store.listCollections()
    if (names.length === 1) return names[0]!
    const there = names.join(', ') || 'none: the store is empty'
    throw new InputError('COLLECTION_UNCLEAR', `Expected the name of a collection, one of ${there}.`)
  }

  #encoder(spec: EncoderSpec): Promise<Encoder> {
    return getOrOpen(this.#encoders, JSON.stringify(spec), () => openEncoder({ ...spec, threads: usableCores() }))
  }

  async #store(documents: readonly Document[], named = this.#options.collection): Promise<StoreOutcome> {
    const store = await openStore(this.#options.location, 'write')
    try {
      const names = await store.listCollections()
      const name = named ?? (names.length === 0 ? DEFAULT_COLLECTION : await this.#collectionOf(store))
      const collection = await resolveCollection(store, name)
      const plan = await (names.includes(collection)
        ? openCollectionPlan(store, collection, DEFAULT_MODELS)
        : planNew())
      const onBegin = async () => {
        await tellInputs(store, collection, ['documents that an agent gave'])
        return NOTHING_KNOWN
      }
      await using pool = await EncoderPool.create({ workers: 1 })
      const rejected: { document: number; reason: string }[] = []
      const { points, unchanged } = await ingest(
        recordsOf(documents),
        { store, collection, plan, encoder: pool.encoder(plan.spec) },
        { onBegin, onRejected: ({ place, reason }) => rejected.push({ document: place.row ?? 0, reason }) },
      )
      return { collection: name, stored: points, unchanged, rejected }
    } finally {
      await store.close()
    }
  }
}

function planNew(): Promise<CollectionPlan> {
  const { dense, bm25, late } = DEFAULT_MODELS
  return planCollection({ dense, sparse: bm25, late, precision: 'fp32' }, { chunking: DEFAULT_CHUNKING })
}

async function describe(store: Store, collection: string) {
  const points = await store.count(collection)
  try {
    const { vectors } = await openCollectionPlan(store, collection, DEFAULT_MODELS)
    return { collection, points, methods: METHODS.filter((method) => vectors[method] !== undefined) }
  } catch (error) {
    return { collection, points, methods: [], error: (error as Error).message }
  }
}

async function* recordsOf(documents: readonly Document[]): AsyncGenerator<InputRecord[]> {
  yield documents.map(givenDocument)
}

/** Changes with every file of a store: names, sizes and times of change. */
async function folderState(folder: string): Promise<string> {
  const names = await readdir(folder, { recursive: true }).catch(() => [])
  const states = names.sort().map(async (name) => {
    const stats = await stat(join(folder, name)).catch(() => null)
    return stats === null || stats.isDirectory() ? name : `${name} ${stats.size} ${stats.mtimeMs}`
  })
  return (await Promise.all(states)).join('\n')
}
