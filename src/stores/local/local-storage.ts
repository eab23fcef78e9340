import { readdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { optionError, StoreError } from '../../errors.js'
import { makeFolder } from '../../files/make-folder.js'
import { syncFolder } from '../../files/sync-folder.js'
import { rejectUnknownOptions, requireChoice, shown } from '../../options.js'
import { CATALOG_FILE, EMPTY_CATALOG, foldersOf, readCatalog, writeCatalog } from './catalog.js'
import { corruptCatalogError, onDisk, toDiskError } from './disk-error.js'
import { FileStorage } from './file-storage.js'
import type { LockPlace } from './lock/lock-record.js'
import { StoreLock } from './lock/store-lock.js'
import { moveTables } from './move-tables.js'
import type { Durability } from './table-files.js'
import { removeOtherTables, tablesFolder } from './table-folder.js'

/** Where the embedded store lies, and how it writes. */
export interface LocalStorageOptions {
  /** The store's folder; made if it is not there. */
  readonly path: string
  /** What an acknowledged write survives: a power cut, or the end of the process. @default 'full' */
  readonly durability?: Durability
  /** Reads what is stored at the moment of opening, beside a writer if there is one. @default false */
  readonly readOnly?: boolean
}

/**
 * Opens the storage of a folder; collections are opened when they are first used.
 * @throws StoreError `STORE_LOCKED`, `STORE_VERSION`, `STORE_CORRUPT`, `STORE_NOT_WRITABLE`, `STORE_FULL`;
 *   `STORE_MISSING` if it is to be read only and is not there
 * @throws InputError `UNKNOWN_OPTION`, `INVALID_OPTION`
 * @param place from where the store is looked at; this machine, but in tests
 */
export async function openLocalStorage(options: LocalStorageOptions, place?: LockPlace): Promise<FileStorage> {
  rejectUnknownOptions(options, ['path', 'durability', 'readOnly'], 'openLocalStorage')
  const { durability = 'full', readOnly = false } = options
  requireChoice('LocalClient.open', 'durability', durability, ['full', 'process'])
  requireChoice('LocalClient.open', 'readOnly', readOnly, [true, false])
  if (typeof options.path !== 'string' || options.path === '') {
    throw optionError(`path: expected the folder of a store, got ${shown(options.path)}.`)
  }
  const path = resolve(options.path)
  const tables = tablesFolder(path)
  if (readOnly) {
    const catalog = await readCatalog(path, null)
    if (!catalog)
      throw new StoreError('STORE_MISSING', `There is no store in ${path}. Ingest documents first.`, { status: 404 })
    return new FileStorage(path, catalog, durability, undefined)
  }
  await onDisk(`create ${path}`, async () => {
    const made = await makeFolder(tables)
    if (made !== undefined && durability === 'full') await syncNames(tables, made)
  })
  const lock = await StoreLock.acquire(path, place)
  try {
    const writer = { draftsFolder: lock.draftsFolder, durability }
    let catalog = await readCatalog(path, writer)
    if (!catalog) {
      if ((await readdir(tables)).length > 0) throw corruptCatalogError(`${join(path, CATALOG_FILE)} is missing`)
      catalog = EMPTY_CATALOG
      await writeCatalog(path, catalog, writer)
      if (durability === 'full') await syncFolder(path)
    }
    await removeOtherTables(path, foldersOf(catalog))
    if (lock.mustMove) {
      catalog = await moveTables(path, catalog, writer)
      await removeOtherTables(path, foldersOf(catalog))
      await lock.settle()
    }
    return new FileStorage(path, catalog, durability, lock)
  } catch (error) {
    await lock.release()
    throw toDiskError(error, `open ${path}`)
  }
}

/** Waits until the names of new folders are on the device, from the innermost to the first that was made. */
async function syncNames(innermost: string, first: string): Promise<void> {
  for (let folder = innermost; folder.length >= first.length; folder = dirname(folder))
    await syncFolder(dirname(folder))
}
