import { open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { StoreError } from '../../errors.js'
import { syncFolder } from '../../files/sync-folder.js'
import { isObject, shown } from '../../options.js'
import type { CollectionSettings } from '../table/storage.js'
import { corruptCatalogError, onDisk, toDiskError } from './disk-error.js'
import type { Durability } from './table-files.js'
import { isTableFolder } from './table-folder.js'

export const CATALOG_FILE = 'store.json'
const FORMAT = 'offgrid-store'

/** The newest format that this code writes and reads. */
export const FORMAT_VERSION = 1

/** Brings a catalog from the version that is its place in the list, counted from 1, to the next. */
type Migration = (catalog: unknown, store: string) => Promise<unknown>

/** One step per version that came before {@link FORMAT_VERSION}. */
const MIGRATIONS: readonly Migration[] = []

/** What a store's folder holds: replaced as a whole by a rename, so that every change of it is made or not made. */
export interface Catalog {
  /** Each collection's settings and the folder of its table. */
  readonly collections: Readonly<Record<string, { readonly folder: string; readonly settings: CollectionSettings }>>
  /** Collection by alias. */
  readonly aliases: Readonly<Record<string, string>>
}

export const EMPTY_CATALOG: Catalog = { collections: {}, aliases: {} }

/** The folder of each collection. */
export function foldersOf({ collections }: Catalog): string[] {
  return Object.values(collections).map(({ folder }) => folder)
}

/** What somebody who may write needs for it. */
export interface CatalogWriter {
  /** A folder that is gone once another may write: see `StoreLock.draftsFolder`. */
  readonly draftsFolder: string
  readonly durability: Durability
}

/**
 * The catalog of a store, or null where there is none.
 * @param writer null where nothing may be written, hence nothing migrated
 * @throws StoreError `STORE_VERSION` if a newer offgrid wrote it, or an older one and it may not be migrated; `STORE_CORRUPT`
 */
export async function readCatalog(store: string, writer: CatalogWriter | null): Promise<Catalog | null> {
  const path = join(store, CATALOG_FILE)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw toDiskError(error, `read ${path}`)
  }
  const content = parseCatalog(text, path)
  const version = versionOf(content, path)
  if (version > FORMAT_VERSION) {
    throw new StoreError(
      'STORE_VERSION',
      `${store} has format ${version}; this offgrid reads up to ${FORMAT_VERSION}. Upgrade offgrid, or ingest again into another folder.`,
    )
  }
  if (version === FORMAT_VERSION) return catalogOf(content, path)
  if (writer === null) {
    throw new StoreError(
      'STORE_VERSION',
      `${store} has format ${version}, before ${FORMAT_VERSION}. Open it once for writing to bring it up to date.`,
    )
  }
  let catalog: unknown = content
  for (const migrate of MIGRATIONS.slice(version - 1)) catalog = await migrate(catalog, store)
  const migrated = catalogOf(catalog as CatalogFile, path)
  await writeCatalog(store, migrated, writer)
  if (writer.durability === 'full') await syncFolder(store)
  return migrated
}

/** The catalog of a store to be read. @throws StoreError `STORE_MISSING`, `STORE_VERSION`, `STORE_CORRUPT` */
export async function requireCatalog(store: string): Promise<Catalog> {
  const catalog = await readCatalog(store, null)
  if (!catalog) throw new StoreError('STORE_MISSING', `There is no store in ${store}.`, { status: 404 })
  return catalog
}

/**
 * Replaces the catalog; the caller waits for the folder to be on the device.
 * @throws StoreError `STORE_FULL`, `STORE_NOT_WRITABLE`, `STORE_IO`: the old one stands
 */
export async function writeCatalog(
  store: string,
  catalog: Catalog,
  { draftsFolder, durability }: CatalogWriter,
): Promise<void> {
  const path = join(store, CATALOG_FILE)
  const next = join(draftsFolder, CATALOG_FILE)
  const { collections, aliases } = catalog
  const checksum = checksumOf(catalog)
  const content: CatalogFile = { format: FORMAT, version: FORMAT_VERSION, checksum, collections, aliases }
  await onDisk(`write ${path}`, async () => {
    const handle = await open(next, 'w')
    try {
      await handle.writeFile(`${JSON.stringify(content, null, 2)}\n`)
      if (durability === 'full') await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(next, path)
  })
}

/** `store.json`; what was written before there were checksums has none. */
interface CatalogFile extends Catalog {
  readonly format: string
  readonly version: number
  readonly checksum?: number
}

const KEYS = ['format', 'version', 'checksum', 'collections', 'aliases']

function parseCatalog(text: string, path: string): Partial<CatalogFile> {
  try {
    return (JSON.parse(text) as Partial<CatalogFile> | null) ?? {}
  } catch (error) {
    throw corruptCatalogError(`${path} is not JSON`, error)
  }
}

function versionOf({ format, version }: Partial<CatalogFile>, path: string): number {
  if (format !== FORMAT || typeof version !== 'number' || !Number.isInteger(version) || version < 1) {
    throw corruptCatalogError(
      `${path} should say format "${FORMAT}" and a version; it says ${JSON.stringify({ format, version })}`,
    )
  }
  return version
}

function catalogOf(content: Partial<CatalogFile>, path: string): Catalog {
  const { collections, aliases, checksum } = content
  const stray = Object.keys(content).find((key) => !KEYS.includes(key))
  if (stray !== undefined) throw corruptCatalogError(`${path} has an unknown field ${JSON.stringify(stray)}`)
  if (!isObject(collections) || !isObject(aliases)) {
    throw corruptCatalogError(`${path} lacks its collections or aliases`)
  }
  const catalog = { collections, aliases }
  if (checksum !== undefined && checksum !== checksumOf(catalog)) {
    throw corruptCatalogError(`${path} does not match its checksum`)
  }
  checkEntries(catalog, path)
  return catalog
}

/**
 * Every collection has a folder of its own, by a name that a store gives. Nothing that the file says leads to another place: whoever opens, compacts or
 * drops a collection changes or removes what is there.
 */
function checkEntries({ collections, aliases }: Catalog, path: string): void {
  const folders = new Set<unknown>()
  for (const [name, entry] of Object.entries(collections) as [string, unknown][]) {
    const where = `${path}, collection ${shown(name)}`
    if (!isObject(entry) || !isObject(entry.settings) || !isObject(entry.settings.config)) {
      throw corruptCatalogError(`${where}: expected its folder and settings`)
    }
    const { folder } = entry
    if (!isTableFolder(folder)) {
      throw corruptCatalogError(`${where}: expected the number of a folder, got ${shown(folder)}`)
    }
    if (folders.has(folder)) throw corruptCatalogError(`${where}: its folder ${folder} is another collection's, too`)
    folders.add(folder)
  }
  for (const [alias, collection] of Object.entries(aliases) as [string, unknown][]) {
    if (typeof collection === 'string' && Object.hasOwn(collections, collection)) continue
    throw corruptCatalogError(`${path}, alias ${shown(alias)}: expected a collection, got ${shown(collection)}`)
  }
}

/** CRC-32 of the content; how the file is spaced does not count. */
function checksumOf({ collections, aliases }: Catalog): number {
  return crc32(JSON.stringify({ collections, aliases }))
}
