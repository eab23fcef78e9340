import type { Schemas } from '#qdrant-client'
import type { CollectionConfig } from '../store.js'
import { tableSchema } from '../table-schema.js'
import { MemoryPointTable } from './memory-point-table.js'
import type { PointTable } from './point-table.js'

/** All that a collection is besides its points, as plain JSON. */
export interface CollectionSettings {
  /** The body that created the collection, with every later change applied. */
  readonly config: CollectionConfig
  /** Payload indexes by field. */
  readonly indexes: Readonly<Record<string, Schemas['PayloadSchemaParams'] | Schemas['PayloadSchemaType']>>
}

/**
 * Where an embedded database keeps its collections and aliases: in memory, or in a folder.
 * The engine calls the writing methods one at a time, after validating; each resolves when it is as durable as the storage can make it.
 */
export interface EmbeddedStorage {
  /** `memory`, or the folder. */
  readonly location: string
  collections(): ReadonlyMap<string, CollectionSettings>
  /** Collection by alias. */
  aliases(): ReadonlyMap<string, string>
  /** The points of a collection that exists; the same object on every call until {@link updateCollection}. */
  openTable(collection: string): Promise<PointTable>
  /** An empty collection with the columns of `tableSchema(settings.config)`. The name is free. */
  createCollection(collection: string, settings: CollectionSettings): Promise<PointTable>
  /**
   * Replaces the settings. Where the table schema changed, new columns start empty and columns that are gone are dropped
   * with their vectors, so that a later column of the same name starts empty.
   * @returns the table to use from now on: the same one, or another whose slots are numbered anew
   */
  updateCollection(collection: string, settings: CollectionSettings): Promise<PointTable>
  /** Removes the settings, the points and the aliases that lead to them, all or nothing. */
  deleteCollection(collection: string): Promise<void>
  /** Replaces all aliases. */
  setAliases(aliases: ReadonlyMap<string, string>): Promise<void>
  close(): Promise<void>
}

/** Storage that lasts as long as the process. */
export class MemoryStorage implements EmbeddedStorage {
  readonly location = 'memory'
  readonly #settings = new Map<string, CollectionSettings>()
  readonly #tables = new Map<string, MemoryPointTable>()
  #aliases: ReadonlyMap<string, string> = new Map()

  collections(): ReadonlyMap<string, CollectionSettings> {
    return this.#settings
  }

  aliases(): ReadonlyMap<string, string> {
    return this.#aliases
  }

  async openTable(collection: string): Promise<PointTable> {
    return this.#tables.get(collection)!
  }

  async createCollection(collection: string, settings: CollectionSettings): Promise<PointTable> {
    const table = new MemoryPointTable(tableSchema(settings.config))
    this.#settings.set(collection, settings)
    this.#tables.set(collection, table)
    return table
  }

  async updateCollection(collection: string, settings: CollectionSettings): Promise<PointTable> {
    this.#settings.set(collection, settings)
    const table = this.#tables.get(collection)!
    table.alter(tableSchema(settings.config))
    return table
  }

  async deleteCollection(collection: string): Promise<void> {
    this.#settings.delete(collection)
    this.#tables.delete(collection)
    this.#aliases = new Map([...this.#aliases].filter(([, target]) => target !== collection))
  }

  async setAliases(aliases: ReadonlyMap<string, string>): Promise<void> {
    this.#aliases = new Map(aliases)
  }

  async close(): Promise<void> {
    this.#settings.clear()
    this.#tables.clear()
  }
}
