import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { StoreError } from '../../errors.js'
import { syncFolder } from '../../files/sync-folder.js'
import { getOrOpen } from '../../get-or-make.js'
import type { PointTable } from '../table/point-table.js'
import type { CollectionSettings, EmbeddedStorage } from '../table/storage.js'
import { type Catalog, readCatalog, writeCatalog } from './catalog.js'
import { copyPoints } from './copy-points.js'
import { onDisk, toDiskError } from './disk-error.js'
import { LocalPointTable } from './local-point-table.js'
import type { StoreLock } from './lock/store-lock.js'
import type { Durability } from './table-files.js'
import { newTableFolder, tablesFolder } from './table-folder.js'
import { type ColumnLayout, isSameLayout, tableLayout } from './table-layout.js'

/** Collections in a folder: `store.json` names them, `collections/` holds a folder of files for each. */
export class FileStorage implements EmbeddedStorage {
  readonly location: string
  readonly #durability: Durability
  readonly #lock: StoreLock | undefined
  readonly #tables = new Map<string, Promise<LocalPointTable>>()
  readonly #retiring = new Set<Promise<void>>()
  #catalog: Catalog
  #settings: ReadonlyMap<string, CollectionSettings>
  readonly #assertHeld = () => this.#lock?.assertHeld()

  /** Use `openLocalStorage`. @param lock undefined to read only */
  constructor(location: string, catalog: Catalog, durability: Durability, lock: StoreLock | undefined) {
    this.location = location
    this.#catalog = catalog
    this.#settings = settingsOf(catalog)
    this.#durability = durability
    this.#lock = lock
  }

  collections(): ReadonlyMap<string, CollectionSettings> {
    return this.#settings
  }

  aliases(): ReadonlyMap<string, string> {
    return new Map(Object.entries(this.#catalog.aliases))
  }

  /** @throws StoreError `STORE_CORRUPT` */
  async openTable(collection: string): Promise<PointTable> {
    return this.#openTable(collection)
  }

  async createCollection(collection: string, settings: CollectionSettings): Promise<PointTable> {
    this.#assertWritable()
    const { folder, table } = await this.#createTable(tableLayout(settings.config))
    return this.#enter(collection, folder, settings, table)
  }

  /** Where the columns change, the points are copied into a new table that then takes the old one's place. */
  async updateCollection(collection: string, settings: CollectionSettings): Promise<PointTable> {
    this.#assertWritable()
    const old = await this.#openTable(collection)
    const { folder } = this.#catalog.collections[collection]!
    const columns = tableLayout(settings.config)
    if (isSameLayout(columns, old.columns)) {
      await this.#write({ collections: { ...this.#catalog.collections, [collection]: { folder, settings } } })
      return old
    }
    return this.#replaceTable(collection, settings, columns, 'with deleted')
  }

  /** Rewrites a collection without its replaced and deleted points. @returns the table to use from now on */
  async compactCollection(collection: string): Promise<PointTable> {
    this.#assertWritable()
    const { settings } = this.#catalog.collections[collection]!
    return this.#replaceTable(collection, settings, tableLayout(settings.config), 'live only')
  }

  async deleteCollection(collection: string): Promise<void> {
    this.#assertWritable()
    const { [collection]: gone, ...collections } = this.#catalog.collections
    const aliases = Object.entries(this.#catalog.aliases).filter(([, target]) => target !== collection)
    const table = this.#tables.get(collection)
    await this.#write({ collections, aliases: Object.fromEntries(aliases) })
    this.#tables.delete(collection)
    this.#retire(await table?.catch(() => undefined), gone!.folder)
  }

  async setAliases(aliases: ReadonlyMap<string, string>): Promise<void> {
    this.#assertWritable()
    await this.#write({ aliases: Object.fromEntries(aliases) })
  }

  async close(): Promise<void> {
    const tables = [...this.#tables.values()]
    this.#tables.clear()
    for (const table of tables) await (await table.catch(() => undefined))?.close()
    await Promise.all(this.#retiring)
    await this.#lock?.release()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #openTable(collection: string): Promise<LocalPointTable> {
    return getOrOpen(this.#tables, collection, () =>
      this.#lock ? this.#openFolder(collection) : this.#openBesideWriter(collection),
    )
  }

  #openFolder(collection: string): Promise<LocalPointTable> {
    const { folder } = this.#catalog.collections[collection]!
    return LocalPointTable.open(this.#folder(folder), this.#durability, this.#lock === undefined, this.#assertHeld)
  }

  /** A writer may have put another table in the place of the one that the catalog named. */
  async #openBesideWriter(collection: string): Promise<LocalPointTable> {
    const { folder } = this.#catalog.collections[collection]!
    try {
      return await this.#openFolder(collection)
    } catch (error) {
      const catalog = await readCatalog(this.location, null)
      const now = catalog?.collections[collection]?.folder
      if (!catalog || now === undefined || now === folder) throw error
      this.#catalog = catalog
      this.#settings = settingsOf(catalog)
      return this.#openBesideWriter(collection)
    }
  }

  /** The new table is complete and on the disk before the catalog names it, and the old one goes after that. */
  async #replaceTable(
    collection: string,
    settings: CollectionSettings,
    columns: readonly ColumnLayout[],
    states: 'live only' | 'with deleted',
  ): Promise<PointTable> {
    const old = await this.#openTable(collection)
    const { folder: oldFolder } = this.#catalog.collections[collection]!
    const { folder, table } = await this.#createTable(columns, 'process')
    try {
      await copyPoints(old, table, states)
      if (this.#durability === 'full') await table.sync()
    } catch (error) {
      await table.close()
      await this.#removeTable(folder)
      throw toDiskError(error, `rewrite collection "${collection}"`)
    }
    await table.close()
    const reopened = await LocalPointTable.open(this.#folder(folder), this.#durability, false, this.#assertHeld)
    try {
      await this.#enter(collection, folder, settings, reopened)
    } catch (error) {
      // the catalog names the new table: what was written to the old one would be lost
      if (this.#folderOf(collection) === folder) await old.close()
      throw error
    }
    this.#retire(old, oldFolder)
    return reopened
  }

  async #createTable(
    columns: readonly ColumnLayout[],
    durability: Durability = this.#durability,
  ): Promise<{ folder: string; table: LocalPointTable }> {
    const tables = tablesFolder(this.location)
    const folder = await newTableFolder(this.location)
    const table = await LocalPointTable.create(join(tables, folder), columns, durability, this.#assertHeld)
    await this.#syncNames(tables)
    return { folder, table }
  }

  async #enter(
    collection: string,
    folder: string,
    settings: CollectionSettings,
    table: LocalPointTable,
  ): Promise<PointTable> {
    try {
      await this.#write({ collections: { ...this.#catalog.collections, [collection]: { folder, settings } } })
    } catch (error) {
      await table.close()
      // once the catalog names the table it stays, whether the device was told of that or not
      if (this.#folderOf(collection) === folder) this.#tables.delete(collection)
      else await this.#removeTable(folder)
      throw error
    }
    this.#tables.set(collection, Promise.resolve(table))
    return table
  }

  /** What fails before the catalog is replaced leaves everything as it was; what fails after it, only the waiting for the device. */
  async #write(change: Partial<Catalog>): Promise<void> {
    const catalog = { ...this.#catalog, ...change }
    const { draftsFolder } = this.#assertWritable()
    try {
      await writeCatalog(this.location, catalog, { draftsFolder, durability: this.#durability })
    } catch (error) {
      this.#assertHeld()
      throw error
    }
    this.#catalog = catalog
    this.#settings = settingsOf(catalog)
    await this.#syncNames(this.location)
  }

  async #syncNames(folder: string): Promise<void> {
    if (this.#durability !== 'full') return
    await onDisk(`wait for ${folder} to be on the disk`, () => syncFolder(folder))
  }

  #folderOf(collection: string): string | undefined {
    return this.#catalog.collections[collection]?.folder
  }

  /** Closes and removes a table, after the caller has turned to the one that takes its place. */
  #retire(table: LocalPointTable | undefined, folder: string): void {
    const done = new Promise((resolve) => setImmediate(resolve))
      .then(() => table?.close())
      .then(() => this.#removeTable(folder))
      .finally(() => this.#retiring.delete(done))
    this.#retiring.add(done)
  }

  /** Removes a table that the catalog does not name; what a failure leaves of it goes at the next opening. */
  async #removeTable(folder: string): Promise<void> {
    try {
      this.#assertHeld()
    } catch {
      return // another may have a table of that name by now
    }
    await rm(this.#folder(folder), { recursive: true, force: true }).catch(() => undefined)
  }

  #folder(name: string): string {
    return join(tablesFolder(this.location), name)
  }

  /** @throws StoreError `STORE_READ_ONLY`, `STORE_LOCK_LOST` */
  #assertWritable(): StoreLock {
    if (!this.#lock) throw new StoreError('STORE_READ_ONLY', 'The store was opened read-only; open it for writing.')
    this.#lock.assertHeld()
    return this.#lock
  }
}

function settingsOf({ collections }: Catalog): ReadonlyMap<string, CollectionSettings> {
  return new Map(Object.entries(collections).map(([name, { settings }]) => [name, settings]))
}
