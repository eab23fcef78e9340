import { type Command, InvalidArgumentError } from 'commander'
import { optionError, StoreError } from '../../errors.js'
import { STDIN } from '../../inputs/sources/resolve-sources.js'
import { given } from '../../options.js'
import type { CollectionDeclaration } from '../../pipeline/collection/collection-declaration.js'
import { DEFAULT_COLLECTION } from '../../pipeline/collection/default-names.js'
import type { DoomedCollection } from '../../pipeline/collection/prepare-collection.js'
import { formatPartition, parsePartition } from '../../pipeline/documents/partition.js'
import type { StoreLocation } from '../../stores/open-store.js'
import type { Store } from '../../stores/store.js'
import { confirmDrop } from '../shared/confirm-loss.js'
import { addStoreOptions, GIVE_UP_AFTER, giveUpAfterMs, type StoreFlags, storeLocation } from '../shared/flags.js'
import { countOf, type Terminal } from '../shared/terminal.js'

/** Flags that say into which collection, and what becomes of it. */
export interface TargetFlags extends StoreFlags {
  readonly collection: string
  readonly collectionConfig?: string
  readonly bulk?: boolean
  readonly waitForGreen?: boolean
  /** Minutes. */
  readonly giveUpAfter: number
  /** `i/N` */
  readonly partition?: string
  readonly restart?: boolean
  readonly recreate?: boolean
  readonly yes?: boolean
  readonly prune?: boolean
}

export function addTargetOptions(command: Command): Command {
  return addStoreOptions(command.option('--collection <name>', 'collection to store in', DEFAULT_COLLECTION))
    .option(
      '--collection-config <file>',
      "JSON file with the collection's shards, replicas, quantization, indexes … by Qdrant's names (docs/scaling.md)",
    )
    .option(
      '--bulk',
      'on a server: turn HNSW graphs off during the load and on again at its end (default: if the collection is empty)',
    )
    .option('--no-bulk', 'on a server: keep HNSW graphs on during the load')
    .option('--wait-for-green', 'at the end, wait until the server has indexed everything')
    .option(...GIVE_UP_AFTER)
    .option(
      '--partition <i/N>',
      'embed only part i of N, chosen by a hash of the id; all parts may run at the same time',
      checkPartition,
    )
    .option('--restart', 'drop the collection, if ingest made it, and start over')
    .option('--recreate', 'drop the collection even if ingest did not make it, and start over; asks for its name')
    .option('--yes', 'do not ask for the name with --recreate (needed without a terminal)')
}

function checkPartition(text: string): string {
  try {
    return formatPartition(parsePartition(text))
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message)
  }
}

/** Where to, with what the server is to do with it. */
export function ingestLocation(
  flags: TargetFlags,
  { ordering, shard_key: shardKey }: CollectionDeclaration,
): StoreLocation {
  const location = storeLocation(flags, process.env)
  if (location.kind !== 'qdrant') return location
  return {
    ...location,
    giveUpAfterMs: giveUpAfterMs(flags),
    ...(flags.bulk !== undefined && { bulk: flags.bulk ? 'on' : 'off' }),
    ...(ordering && { ordering }),
    ...given({ loader: flags.partition, shardKey }),
  }
}

/** One part knows nothing of the documents of the others. */
export function refuseForParts({ partition, restart, recreate, prune }: TargetFlags): void {
  if (partition === undefined || parsePartition(partition).count === 1) return
  const drops = Object.entries({ restart, recreate, prune }).flatMap(([name, isGiven]) =>
    isGiven ? [`--${name}`] : [],
  )
  if (drops.length === 0) return
  throw optionError(
    `Expected --partition without ${drops.join(' and ')}: it would delete what the other parts have stored. Do that once, in a run without --partition.`,
  )
}

/** Whether the collection is to be made anew. */
export function startsOver({ restart, recreate }: TargetFlags): boolean {
  return restart === true || recreate === true
}

/**
 * Asks what --restart and --recreate have to ask.
 * @param flags with the collection's own name, not an alias
 * @returns what drops the collection and gives the aliases that it had, to be called when all that can be wrong with the command has been looked at
 */
export async function prepareDrop(
  store: Store,
  sources: readonly string[],
  flags: TargetFlags,
): Promise<(() => Promise<readonly string[]>) | undefined> {
  const { collection, recreate = false, yes = false } = flags
  if (!startsOver(flags)) return undefined
  const found = await describeToDrop(store, collection)
  if (found === null) return undefined
  if (recreate) {
    const readsStdin = sources.includes(STDIN)
    await confirmDrop(found.contents, store.location, { by: '--recreate', collection, yes, readsStdin })
  } else {
    const { requireOwnCollection } = await import('../../pipeline/collection/prepare-collection.js')
    requireOwnCollection(found, store.location, collection)
  }
  const { dropToMakeAnew } = await import('../../pipeline/collection/made-anew.js')
  return () => dropToMakeAnew(store, collection)
}

/** Who made a collection and what it holds. Who made it is known even if its files are damaged. */
export async function describeToDrop(store: Store, collection: string): Promise<DoomedCollection | null> {
  try {
    const found = await store.describeCollection(collection)
    return found && { metadata: found.metadata, contents: countOf(found.points, 'point') }
  } catch (error) {
    const metadata = isCorrupt(error) ? (store.metadata?.(collection) ?? null) : null
    if (metadata === null) throw error
    return { metadata, contents: 'damaged files' }
  }
}

function isCorrupt(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'STORE_CORRUPT'
}

/** Drops a collection that a run made for nothing. A run of one part leaves it to the others, which may be about to fill it. */
export async function dropIfEmpty(store: Store, { collection, partition }: TargetFlags): Promise<void> {
  if (partition === undefined && (await store.count(collection)) === 0) await store.deleteCollection(collection)
}

/** What is left to be said of, or waited for in, a collection after a load: parts that keep the graphs off, and --wait-for-green. */
export async function settleCollection(
  store: Store,
  flags: TargetFlags,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  const loaders = (await store.readLoaders?.(flags.collection)) ?? []
  if (loaders.length > 0) {
    terminal.note(
      `searches compare all vectors, without graphs, until part ${loaders.join(', ')} has ended, too; a part that died is to be run again`,
    )
  }
  if (flags.waitForGreen !== true || store.waitUntilGreen === undefined) return
  terminal.note('waiting until the server has indexed everything; Ctrl-C leaves it to itself')
  await store.waitUntilGreen(flags.collection, signal).catch((error) => {
    if (!signal.aborted) throw error
  })
}
