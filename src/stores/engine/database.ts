import { StoreError } from '../../errors.js'
import { getOrOpen } from '../../get-or-make.js'
import { type JsonObject, rejectUnknownOptions, requireCount } from '../../options.js'
import { changeAliases } from '../request/alias-actions.js'
import { checkCollectionName, checkConfig } from '../request/config-check.js'
import { patchConfig } from '../request/config-update.js'
import { expectObject, expectString } from '../request/json-shape.js'
import { collectionExists, collectionMissing, wrongInput } from '../request/refusal.js'
import { refuseDeep } from '../request/request-depth.js'
import type { CollectionSettings, EmbeddedStorage } from '../table/storage.js'
import { Collection, createTextAnalyzers, type EngineOptions } from './collection/collection.js'
import { parseIndexRequest } from './collection/payload-index.js'
import { SerialQueue } from './serial-queue.js'
import type { WriteOperation } from './write/write-points.js'

type ChangeSettings = (settings: CollectionSettings) => CollectionSettings

/**
 * Collections and aliases over a storage: names are resolved, changes are made one after the other.
 * Reads work on what was applied last and do not wait for writes.
 */
export class EmbeddedDatabase {
  readonly #storage: EmbeddedStorage
  readonly #open = new Map<string, Promise<Collection>>()
  readonly #writes = new SerialQueue()
  readonly #options: EngineOptions
  /** Until the writes that were asked for are done, these may still look at collections. */
  #isClosed = false
  #closing: Promise<void> | null = null

  constructor(storage: EmbeddedStorage, options: EngineOptions = {}) {
    rejectUnknownOptions(options, ['approximateFrom', 'maxConditions'], 'EmbeddedDatabase')
    requireCount('EmbeddedDatabase', 'maxConditions', options.maxConditions)
    this.#storage = storage
    this.#options = options
  }

  get location(): string {
    return this.#storage.location
  }

  /** Names of the collections, in order. */
  listCollections(): string[] {
    this.#assertOpen()
    return [...this.#storage.collections().keys()].sort()
  }

  /** Collection by alias. */
  aliases(): ReadonlyMap<string, string> {
    this.#assertOpen()
    return this.#storage.aliases()
  }

  /** Whether there is a collection, or an alias, of that name. */
  has(name: string): boolean {
    return this.#resolve(name) !== null
  }

  /** The settings of a collection by its name or alias, or null: nothing of its files is read. */
  settings(name: string): CollectionSettings | null {
    const resolved = this.#resolve(name)
    return resolved === null ? null : this.#storage.collections().get(resolved)!
  }

  /** A collection by its name or alias, or null. */
  readonly find = async (name: string): Promise<Collection | null> => {
    const resolved = this.#resolve(name)
    if (resolved === null) return null
    return getOrOpen(this.#open, resolved, async () => {
      const settings = this.#storage.collections().get(resolved)!
      return Collection.open(resolved, settings, await this.#storage.openTable(resolved), this.#options)
    })
  }

  /** @throws StoreError `COLLECTION_MISSING` */
  async collection(name: string): Promise<Collection> {
    const collection = await this.find(name)
    if (!collection) throw collectionMissing(name)
    return collection
  }

  /** @throws StoreError `COLLECTION_EXISTS`, `REQUEST_REFUSED` */
  createCollection(name: string, request: JsonObject): Promise<void> {
    return this.#write(async () => {
      checkCollectionName(name)
      refuseDeep(request)
      const config = checkConfig(request)
      if (this.#storage.collections().has(name)) throw collectionExists(name)
      if (this.#storage.aliases().has(name)) {
        throw wrongInput(`Can't create collection with name ${name}. Alias with the same name already exists`)
      }
      const settings: CollectionSettings = { config, indexes: {} }
      const table = await this.#storage.createCollection(name, settings)
      this.#open.set(name, Collection.open(name, settings, table, this.#options))
    })
  }

  /** Changes the config by the body of `PATCH /collections/{name}`. */
  async updateCollection(name: string, request: JsonObject): Promise<void> {
    refuseDeep(request)
    const patch = (config: CollectionSettings['config']) =>
      patchConfig(config, expectObject(request, 'struct UpdateCollection'))
    return this.#write(async () => {
      await this.#replaceSettings(name, ({ config, indexes }) => ({ config: patch(config), indexes }))
    })
  }

  /** @throws StoreError `COLLECTION_MISSING`, `REQUEST_REFUSED` */
  async createPayloadIndex(name: string, fieldName: unknown, fieldSchema: unknown): Promise<number> {
    refuseDeep(fieldSchema)
    const { field, schema } = parseIndexRequest(fieldName, fieldSchema)
    return this.changeSettings(name, (settings) => ({ ...settings, indexes: { ...settings.indexes, [field]: schema } }))
  }

  /**
   * Replaces the settings of a collection by what `change` makes of them; nothing happens where it gives the same object.
   * @returns the number of the operation
   */
  changeSettings(name: string, change: ChangeSettings): Promise<number> {
    return this.#write(async () => (await this.#replaceSettings(name, change)).apply([]))
  }

  async #replaceSettings(name: string, change: ChangeSettings): Promise<Collection> {
    const collection = await this.collection(name)
    const settings = change(collection.settings)
    if (settings === collection.settings) return collection
    const analyzers = await createTextAnalyzers(settings)
    await collection.update(settings, await this.#storage.updateCollection(collection.name, settings), analyzers)
    return collection
  }

  /** Removes a collection and its aliases. @returns whether it existed; an alias does not count */
  deleteCollection(name: string): Promise<boolean> {
    return this.#write(async () => {
      if (!this.#storage.collections().has(expectString(name, 'collection_name'))) return false
      const collection = this.#open.get(name)
      this.#open.delete(name)
      await closeCollection(collection)
      await this.#storage.deleteCollection(name)
      return true
    })
  }

  /** `POST /collections/aliases`: all actions or none. */
  updateAliases(actions: unknown): Promise<void> {
    return this.#write(async () => {
      const names = new Set(this.#storage.collections().keys())
      await this.#storage.setAliases(changeAliases(this.#storage.aliases(), names, actions))
    })
  }

  /** Runs an operation on the points of a collection, after those that were asked for before. @returns its number */
  write(name: string, operation: WriteOperation, request: JsonObject): Promise<number> {
    return this.#write(async () => {
      refuseDeep(request)
      return operation(await this.collection(name), request)
    })
  }

  /** Waits for the writes that were asked for, then closes the storage. Closing twice is no error. */
  close(): Promise<void> {
    this.#closing ??= this.#shutDown()
    return this.#closing
  }

  async #shutDown(): Promise<void> {
    await this.#writes.drain()
    this.#isClosed = true
    for (const collection of this.#open.values()) await closeCollection(collection)
    await this.#storage.close()
  }

  #write<Result>(task: () => Promise<Result>): Promise<Result> {
    if (this.#closing !== null) return Promise.reject(this.#closedError())
    return this.#writes.run(task)
  }

  #resolve(name: string): string | null {
    this.#assertOpen()
    expectString(name, 'collection_name')
    if (this.#storage.collections().has(name)) return name
    return this.#storage.aliases().get(name) ?? null
  }

  #assertOpen(): void {
    if (this.#isClosed) throw this.#closedError()
  }

  #closedError(): StoreError {
    return new StoreError('STORE_CLOSED', `The store at ${this.location} is closed; open it again to use it.`)
  }
}

/** What could not be opened has nothing to close. */
async function closeCollection(collection: Promise<Collection> | undefined): Promise<void> {
  await (await collection?.catch(() => undefined))?.close()
}
