import type { CollectionDescription, Store } from '../../stores/store.js'

type Metadata = CollectionDescription['metadata']

/** Key in the metadata of a collection that a migration filled: see {@link migratedFrom}. */
const MIGRATED_FROM_KEY = 'offgrid.migrated-from'
/** Key in the metadata of a collection that was filled without a journal: see {@link unjournaledInputs}. */
const INPUTS_KEY = 'offgrid.inputs'
/** Inputs that a collection names; those beyond are told together. */
const MAX_INPUTS = 100
const OTHERS = 'other files'

/** Collections whose documents a collection was given by migrations, each with the time (ISO 8601) until which it was. */
export function migratedFrom(metadata: Metadata | undefined): ReadonlyMap<string, string> {
  return timesOf(metadata?.[MIGRATED_FROM_KEY])
}

/** Inputs that were stored by what keeps no journal, each with the time (ISO 8601) when that last began. */
export function unjournaledInputs(metadata: Metadata | undefined): ReadonlyMap<string, string> {
  return timesOf(metadata?.[INPUTS_KEY])
}

/** What the metadata of a second collection say of the first, and of what either was filled from. */
export function migratedFromNow(
  source: string,
  first: CollectionDescription | null,
  second: CollectionDescription | null,
): Readonly<Record<string, unknown>> {
  const both = [second?.metadata, first?.metadata]
  const former = Object.fromEntries(both.flatMap((metadata) => [...migratedFrom(metadata)]))
  const inputs = Object.fromEntries(both.flatMap((metadata) => [...unjournaledInputs(metadata)]))
  return {
    [MIGRATED_FROM_KEY]: { ...former, [source]: new Date().toISOString() },
    ...(Object.keys(inputs).length > 0 && { [INPUTS_KEY]: inputs }),
  }
}

/** Lets a collection's metadata say from what it is about to be filled, where no journal says it: `--prune` of other inputs is refused then. */
export async function tellInputs(store: Store, collection: string, inputs: readonly string[]): Promise<void> {
  const told = new Map(unjournaledInputs((await store.describeCollection(collection))?.metadata))
  const now = new Date().toISOString()
  for (const input of inputs) told.set(told.has(input) || told.size < MAX_INPUTS ? input : OTHERS, now)
  await store.updateMetadata?.(collection, { [INPUTS_KEY]: Object.fromEntries(told) })
}

function timesOf(recorded: unknown): ReadonlyMap<string, string> {
  if (typeof recorded !== 'object' || recorded === null) return new Map()
  return new Map(Object.entries(recorded).filter(([, time]) => typeof time === 'string'))
}
