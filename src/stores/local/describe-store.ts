import { readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { FORMAT_VERSION, requireCatalog } from './catalog.js'
import { onDisk } from './disk-error.js'
import { LocalPointTable } from './local-point-table.js'
import { tablesFolder } from './table-folder.js'
import type { ColumnLayout } from './table-layout.js'

export interface StoreDescription {
  readonly path: string
  /** Version of the format on disk. */
  readonly format: number
  readonly collections: readonly LocalCollectionDescription[]
  /** Collection by alias. */
  readonly aliases: Readonly<Record<string, string>>
}

export interface LocalCollectionDescription {
  readonly collection: string
  readonly points: number
  /** Stored versions of points, those included that were replaced or deleted: what compaction drops. */
  readonly slots: number
  readonly vectors: readonly ColumnLayout[]
  readonly sizeBytes: number
  /** Bytes of each file; those named `graph` are approximate indexes, which can be made again. */
  readonly files: Readonly<Record<string, number>>
}

/**
 * What a store holds and how large its files are. It changes nothing, needs no lock and reads no vectors.
 * @throws StoreError `STORE_MISSING`, `STORE_VERSION`, `STORE_CORRUPT`
 */
export async function describeStore(path: string): Promise<StoreDescription> {
  const store = resolve(path)
  const catalog = await requireCatalog(store)
  const collections: LocalCollectionDescription[] = []
  for (const [collection, { folder }] of Object.entries(catalog.collections)) {
    collections.push(await describeCollection(collection, join(tablesFolder(store), folder)))
  }
  return { path: store, format: FORMAT_VERSION, collections, aliases: catalog.aliases }
}

/**
 * Bytes of a collection's files, which may be damaged; 0 if there is no such collection.
 * @throws StoreError `STORE_MISSING`, `STORE_VERSION`, `STORE_CORRUPT`
 */
export async function collectionBytes(path: string, collection: string): Promise<number> {
  const store = resolve(path)
  const entry = (await requireCatalog(store)).collections[collection]
  return entry === undefined ? 0 : sumOf(await fileSizes(join(tablesFolder(store), entry.folder)))
}

async function describeCollection(collection: string, folder: string): Promise<LocalCollectionDescription> {
  const table = await LocalPointTable.open(folder, 'full', true)
  try {
    const sizes = await fileSizes(folder)
    return {
      collection,
      points: table.liveCount,
      slots: table.slotCount,
      vectors: table.columns,
      sizeBytes: sumOf(sizes),
      files: Object.fromEntries(sizes),
    }
  } finally {
    await table.close()
  }
}

type FileSize = readonly [name: string, sizeBytes: number]

function sumOf(sizes: readonly FileSize[]): number {
  return sizes.reduce((sum, [, size]) => sum + size, 0)
}

async function fileSizes(folder: string): Promise<FileSize[]> {
  return onDisk(`look at the files of ${folder}`, async () => {
    const names = (await readdir(folder)).sort()
    return Promise.all(names.map(async (name) => [name, (await stat(join(folder, name))).size] as const))
  })
}
