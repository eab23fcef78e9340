import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { onDisk } from './disk-error.js'

/** How the folder of a table is named; what has another name was not put there by a store, and is neither read nor removed. */
const TABLE_FOLDER = /^\d+$/

/** Where the tables' folders are. */
export function tablesFolder(store: string): string {
  return join(store, 'collections')
}

export function isTableFolder(name: unknown): name is string {
  return typeof name === 'string' && TABLE_FOLDER.test(name)
}

/** A name that no table of the store has. */
export async function newTableFolder(store: string): Promise<string> {
  const tables = tablesFolder(store)
  const names = await onDisk(`create a collection in ${tables}`, () => readdir(tables))
  const taken = names.filter(isTableFolder).map(Number)
  return String(Math.max(0, ...taken) + 1).padStart(6, '0')
}

/** Clears away tables that a stop left behind, in other folders than those named: made and not yet in the catalog, or replaced and not yet removed. */
export async function removeOtherTables(store: string, folders: readonly string[]): Promise<void> {
  const tables = tablesFolder(store)
  const named = new Set(folders)
  for (const folder of await readdir(tables)) {
    if (isTableFolder(folder) && !named.has(folder)) await rm(join(tables, folder), { recursive: true, force: true })
  }
}
