import { constants, existsSync } from 'node:fs'
import { copyFile, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { syncFile, syncFolder } from '../../files/sync-folder.js'
import { type Catalog, type CatalogWriter, writeCatalog } from './catalog.js'
import { onDisk } from './disk-error.js'
import type { Durability } from './table-files.js'
import { newTableFolder, tablesFolder } from './table-folder.js'

/**
 * Copies every table and makes the copies those of the catalog: whoever has the old files open can no longer change what counts. The copies share their
 * bytes with the originals where the file system can do that; elsewhere the store is on the disk twice until the old tables are removed.
 * @throws StoreError `STORE_FULL`, `STORE_NOT_WRITABLE`, `STORE_IO`: the old tables count
 */
export async function moveTables(store: string, catalog: Catalog, writer: CatalogWriter): Promise<Catalog> {
  const tables = tablesFolder(store)
  const moved: [string, Catalog['collections'][string]][] = []
  for (const [collection, entry] of Object.entries(catalog.collections)) {
    const folder = await newTableFolder(store)
    // what is missing is told when the collection is opened
    if (!existsSync(join(tables, entry.folder))) {
      moved.push([collection, entry])
      continue
    }
    await onDisk(`copy collection "${collection}", which a process that was stopped may have open`, () =>
      copyTable(join(tables, entry.folder), join(tables, folder), writer.durability),
    )
    moved.push([collection, { ...entry, folder }])
  }
  if (writer.durability === 'full') await syncFolder(tables)
  const next = { ...catalog, collections: Object.fromEntries(moved) }
  await writeCatalog(store, next, writer)
  if (writer.durability === 'full') await syncFolder(store)
  return next
}

async function copyTable(from: string, to: string, durability: Durability): Promise<void> {
  await mkdir(to)
  for (const name of await readdir(from)) {
    await copyFile(join(from, name), join(to, name), constants.COPYFILE_FICLONE)
    if (durability === 'full') await syncFile(join(to, name))
  }
  if (durability === 'full') await syncFolder(to)
}
