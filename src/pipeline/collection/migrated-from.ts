import type { CollectionDescription } from '../../stores/store.js'

/** Key in the metadata of a collection that a migration filled: see {@link migratedFrom}. */
export const MIGRATED_FROM_KEY = 'offgrid.migrated-from'

/** Collections whose documents a collection was given by migrations, each with the time (ISO 8601) until which it was. */
export function migratedFrom(metadata: CollectionDescription['metadata'] | undefined): ReadonlyMap<string, string> {
  const recorded = metadata?.[MIGRATED_FROM_KEY]
  if (typeof recorded !== 'object' || recorded === null) return new Map()
  return new Map(Object.entries(recorded).filter(([, until]) => typeof until === 'string'))
}

/** What the metadata of a second collection say of the first, and of those that either was filled from. */
export function migratedFromNow(
  source: string,
  first: CollectionDescription | null,
  second: CollectionDescription | null,
): Readonly<Record<string, unknown>> {
  const former = [...migratedFrom(second?.metadata), ...migratedFrom(first?.metadata)]
  return { [MIGRATED_FROM_KEY]: { ...Object.fromEntries(former), [source]: new Date().toISOString() } }
}
