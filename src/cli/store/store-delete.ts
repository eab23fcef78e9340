import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import { optionError, StoreError } from '../../errors.js'
import { isObject } from '../../options.js'
import { findDocumentPoints, findMatchingDocuments } from '../../pipeline/documents/document-points.js'
import { withStore } from '../../stores/open-store.js'
import type { Filter, Store } from '../../stores/store.js'
import { describeToDrop } from '../ingest/ingest-target.js'
import { confirmDrop, confirmLoss } from '../shared/confirm-loss.js'
import { addStoreOptions, parseFilterFlag, type StoreFlags, storeLocation } from '../shared/flags.js'
import { type CommonFlags, countOf, formatSize, Terminal } from '../shared/terminal.js'

const STDIN = '-'

/** Points that are deleted at once. */
const PAGE_POINTS = 1000

interface DropFlags extends CommonFlags, StoreFlags {
  readonly yes?: boolean
}

interface DeleteFlags extends DropFlags {
  readonly ids?: string
  readonly filter?: string
}

/** `store drop` and `store delete`, which work on a server as well. */
export function addStoreDelete(store: Command): void {
  const add = (nameAndArguments: string, description: string) =>
    addStoreOptions(store.command(nameAndArguments).description(description))
  const addCommon = (command: Command) => command.option('--yes', 'do not ask for the name (needed without a terminal)')
  addCommon(add('drop <collection>', 'Drop a collection with all its points; asks for its name.')).action(
    (collection: string, flags: DropFlags) => dropCommand(collection, flags),
  )
  addCommon(
    add('delete <collection>', 'Delete documents from a collection, chunks and all; asks for its name.')
      .option('--ids <file>', 'file of document or point ids, one a line (- is stdin)')
      .option('--filter <json>', "Qdrant's filter: documents of which a point matches, with all their chunks"),
  ).action((collection: string, flags: DeleteFlags) => deleteCommand(collection, flags))
}

async function dropCommand(collection: string, flags: DropFlags): Promise<void> {
  await withStoreOf(collection, flags, async (store) => {
    const found = (await describeToDrop(store, collection))!
    const contents = found.contents + (await sizeOnDisk(collection, flags))
    const { yes = false } = flags
    await confirmDrop(contents, store.location, { by: 'store drop', collection, yes, readsStdin: false })
    await store.deleteCollection(collection)
    const result = { dropped: collection, contents, store: store.location }
    new Terminal(flags).result(result, `Dropped collection "${collection}" in ${store.location} with its ${contents}.`)
  })
}

/** Of a collection in a folder; a server does not say. */
async function sizeOnDisk(collection: string, flags: StoreFlags): Promise<string> {
  const location = storeLocation(flags, process.env)
  if (location.kind !== 'local') return ''
  const { collectionBytes } = await import('../../stores/local/describe-store.js')
  return `, ${formatSize(await collectionBytes(location.path, collection))} on disk`
}

async function deleteCommand(collection: string, flags: DeleteFlags): Promise<void> {
  if ((flags.ids === undefined) === (flags.filter === undefined)) {
    throw optionError('store delete: expected --ids FILE or --filter JSON, and not both.')
  }
  const filter = parseFilterFlag(flags.filter) as Filter | undefined
  if (filter !== undefined && isWithoutConditions(filter)) {
    throw optionError(
      `--filter: expected conditions, got none: all documents meet that. To delete them all: offgrid store drop ${collection}`,
    )
  }
  const ids = flags.ids === undefined ? [] : await readIds(flags.ids)
  await withStoreOf(collection, flags, async (store) => {
    const { points, missing, named } = await findPoints(store, collection, filter ?? ids)
    const counted = countOf(points.length, 'point')
    if (points.length > 0) {
      const does = `deletes ${counted} of collection "${collection}" in ${store.location}: ${listed(named)}`
      const { yes = false } = flags
      await confirmLoss({ by: 'store delete', does, collection, yes, readsStdin: flags.ids === STDIN })
    }
    for (let begin = 0; begin < points.length; begin += PAGE_POINTS) {
      await store.delete(collection, points.slice(begin, begin + PAGE_POINTS))
    }
    const unknown = missing.length === 0 ? '' : ` Not there: ${listed(missing)}.`
    new Terminal(flags).result(
      { collection, deleted: points.length, missing, store: store.location },
      `Deleted ${counted} of collection "${collection}" in ${store.location}.${unknown}`,
    )
  })
}

/** Whether every point meets a filter: a list of conditions that came out empty must not delete everything. */
function isWithoutConditions(filter: Filter): boolean {
  const isEmpty = (clause: unknown) => clause === null || (Array.isArray(clause) && clause.length === 0)
  return Object.values(filter).every((clause: unknown) => isEmpty(isObject(clause) ? clause.conditions : clause))
}

/** What there is to delete, and under which names it is told. */
async function findPoints(store: Store, collection: string, wanted: Filter | readonly string[]) {
  if (!isIds(wanted)) {
    const { points, documents } = await findMatchingDocuments(store, collection, wanted)
    return { points, missing: [], named: documents }
  }
  const { points, missing } = await findDocumentPoints(store, collection, wanted)
  const gone = new Set(missing)
  return { points, missing, named: wanted.filter((id) => !gone.has(id)) }
}

function isIds(wanted: Filter | readonly string[]): wanted is readonly string[] {
  return Array.isArray(wanted)
}

/** Opens a store that is there with a collection that is there, and neither by another name. */
async function withStoreOf(collection: string, flags: StoreFlags, use: (store: Store) => Promise<void>): Promise<void> {
  const location = storeLocation(flags, process.env)
  // opening to write would make a store where there is none
  await withStore(location, 'read', async () => {})
  await withStore(location, 'write', async (store) => {
    const names = await store.listCollections()
    if (names.includes(collection)) return await use(store)
    const known = names.length === 0 ? 'none' : names.join(', ')
    const message = `There is no collection "${collection}" in ${store.location}; it has ${known}.`
    throw new StoreError('COLLECTION_MISSING', message, { status: 404 })
  })
}

async function readIds(file: string): Promise<string[]> {
  let content: string
  try {
    content = file === STDIN ? await text(process.stdin) : await readFile(file, 'utf8')
  } catch (cause) {
    throw optionError(`--ids: cannot read ${file}: ${(cause as Error).message}.`, { cause })
  }
  const lines = content.split(/\r?\n|\r/).map((line) => line.trim())
  const ids = [...new Set(lines.filter((line) => line !== ''))]
  if (ids.length === 0) throw optionError(`--ids: expected an id a line, got none in ${file}.`)
  return ids
}

function listed(ids: readonly string[]): string {
  const first = ids.slice(0, 10).join(', ')
  return ids.length > 10 ? `${first}, … (${ids.length} in all)` : first
}
