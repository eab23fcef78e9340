import { open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { StoreError } from '../../errors.js'
import type { CollectionSettings } from '../embedded/storage.js'
import { corruptCatalogError, toStoreError } from './disk-error.js'
import { type Durability, syncFolder } from './table-files.js'

const CATALOG_FILE = 'store.json'
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

/** Where the tables' folders are. */
export function tablesFolder(store: string): string {
  return join(store, 'collections')
}

export const EMPTY_CATALOG: Catalog = { collections: {}, aliases: {} }

/**
 * The catalog of a store, or null where there is none.
 * @throws StoreError `STORE_VERSION` if a newer offgrid wrote it, or an older one and it may not be migrated; `STORE_CORRUPT`
 */
export async function readCatalog(store: string, mayMigrate: boolean, durability: Durability): Promise<Catalog | null> {
  const path = join(store, CATALOG_FILE)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw toStoreError(error, `read ${path}`)
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
  if (!mayMigrate) {
    throw new StoreError(
      'STORE_VERSION',
      `${store} has format ${version}, before ${FORMAT_VERSION}. Open it once for writing to bring it up to date.`,
    )
  }
  let catalog: unknown = content
  for (const migrate of MIGRATIONS.slice(version - 1)) catalog = await migrate(catalog, store)
  const migrated = catalogOf(catalog as CatalogFile, path)
  await writeCatalog(store, migrated, durability)
  if (durability === 'full') await syncFolder(store)
  return migrated
}

/**
 * Replaces the catalog; the caller waits for the folder to be on the device.
 * @throws StoreError `STORE_FULL`, `STORE_NOT_WRITABLE`, `STORE_IO`: the old one stands
 */
export async function writeCatalog(store: string, catalog: Catalog, durability: Durability): Promise<void> {
  const path = join(store, CATALOG_FILE)
  const next = `${path}.next`
  try {
    const handle = await open(next, 'w')
    try {
      const { collections, aliases } = catalog
      const checksum = checksumOf(catalog)
      const content: CatalogFile = { format: FORMAT, version: FORMAT_VERSION, checksum, collections, aliases }
      await handle.writeFile(`${JSON.stringify(content, null, 2)}\n`)
      if (durability === 'full') await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(next, path)
  } catch (error) {
    throw toStoreError(error, `write ${path}`)
  }
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
  if (!collections || !aliases) throw corruptCatalogError(`${path} lacks its collections or aliases`)
  const catalog = { collections, aliases }
  if (checksum !== undefined && checksum !== checksumOf(catalog)) {
    throw corruptCatalogError(`${path} does not match its checksum`)
  }
  return catalog
}

/** CRC-32 of the content; how the file is spaced does not count. */
function checksumOf({ collections, aliases }: Catalog): number {
  return crc32(JSON.stringify({ collections, aliases }))
}
