import { InputError } from '../../errors.js'
import { METADATA_KEY, recordedBm25 } from '../../stores/collection-metadata.js'
import type { CollectionDescription } from '../../stores/store.js'
import type { CollectionDeclaration } from './collection-declaration.js'
import { type CollectionPlan, collectionConfig, describeRecipeDifferences, fingerprint } from './collection-plan.js'
import { describeDifferences } from './describe-differences.js'
import { hasFormerIds } from './former-ids.js'
import { dropToMakeAnew, makeAnew, putBackAliases } from './made-anew.js'
import { describeDifference, matchDeclaration, type SettingDifference } from './match-declaration.js'
import type { PlannedCollection, StoredCollection } from './opened-collection.js'
import { namesOf } from './vector-naming.js'

/**
 * The plan with settings that its collection is to have.
 * @throws InputError `INVALID_COLLECTION_CONFIG` for a vector that the plan does not make
 */
export function declareCollection(plan: CollectionPlan, declared: CollectionDeclaration): CollectionPlan {
  const { dense, bm25, late } = plan.vectors
  const rows = [dense, late].flatMap(namesOf)
  const sparse = namesOf(bm25)
  const unknown = [
    ...Object.keys(declared.vectors ?? {}).filter((name) => !rows.includes(name)),
    ...Object.keys(declared.sparse_vectors ?? {}).filter((name) => !sparse.includes(name)),
  ]
  if (unknown.length === 0) return { ...plan, declared }
  throw new InputError(
    'INVALID_COLLECTION_CONFIG',
    `Collection config: unknown vector ${unknown.join(', ')}; expected in vectors: ${rows.join(', ') || 'none'}, in sparse_vectors: ${sparse.join(', ') || 'none'}.`,
  )
}

/**
 * Makes sure that the collection is there, with its payload indexes, and was made by the same models, options and settings.
 * @param aliases names that are to stand for it where it is made
 * @returns how many points it already holds
 * @throws InputError `COLLECTION_MISMATCH` naming each field that differs
 */
export async function prepareCollection(planned: PlannedCollection, aliases: readonly string[] = []): Promise<number> {
  const { store, collection, plan } = planned
  const found = await store.describeCollection(collection)
  if (found === null) return createCollection(planned, aliases)
  await putBackAliases(store, collection, found.metadata)
  const differences = differencesFrom(found, plan)
  const isOurs = METADATA_KEY in found.metadata
  const settings = matchDeclaration(plan.declared ?? {}, found)
  if (found.points === 0) {
    // our own, left empty by a run that stored nothing: its recipe binds nobody
    const isOther = differences.length > 0 || hasFormerIds(found) || settings.some(({ path }) => !isIndex(path))
    if (isOurs && isOther) {
      return createCollection(planned, await dropToMakeAnew(store, collection))
    }
    await createIndexes(
      planned,
      settings.flatMap(({ path }) => (isIndex(path) ? [path[1]!] : [])),
    )
  }
  const open = found.points === 0 ? settings.filter(({ path }) => !isIndex(path)) : settings
  if (differences.length > 0 || open.length > 0) throw mismatch(planned, differences, open, isOurs)
  return found.points
}

async function createCollection(planned: PlannedCollection, aliases: readonly string[]): Promise<0> {
  const { store, collection, plan } = planned
  try {
    await makeAnew(store, collection, collectionConfig(plan), aliases)
  } catch (error) {
    // another run that began at the same moment made it: it is compared like any other
    if ((error as { code?: unknown }).code !== 'COLLECTION_EXISTS') throw error
    const found = await store.describeCollection(collection)
    const differences = found === null ? [] : differencesFrom(found, plan)
    if (differences.length > 0) throw mismatch(planned, differences, [], true)
  }
  await createIndexes(planned, Object.keys(plan.declared?.payload_schema ?? {}))
  return 0
}

async function createIndexes({ store, collection, plan }: PlannedCollection, fields: readonly string[]): Promise<void> {
  for (const field of fields) await store.createPayloadIndex(collection, field, plan.declared!.payload_schema![field]!)
}

function isIndex([setting]: readonly string[]): boolean {
  return setting === 'payload_schema'
}

function mismatch(
  { store, collection }: StoredCollection,
  recipe: readonly string[],
  settings: readonly SettingDifference[],
  isOurs: boolean,
): InputError {
  const differences = [...recipe, ...settings.map(describeDifference)].join('; ')
  const canChange = recipe.length === 0 && settings.every(({ isChangeable }) => isChangeable)
  const dropped = isOurs
    ? '--restart to drop this one and start over'
    : '--recreate to drop this one, which offgrid did not make'
  const advice = canChange
    ? `Change them in place (PATCH, or PUT for a payload index), or leave them out of the collection config.`
    : `Use another --collection, or ${dropped}.`
  return new InputError(
    'COLLECTION_MISMATCH',
    `Collection "${collection}" in ${store.location} was made differently: ${differences}. ${advice}`,
  )
}

function differencesFrom(found: CollectionDescription, plan: CollectionPlan): string[] {
  const recorded = found.metadata[METADATA_KEY]
  if (typeof recorded === 'object' && recorded !== null) {
    return describeRecipeDifferences({ ...recorded, bm25: recordedBm25(recorded) }, fingerprint(plan))
  }
  // made by somebody else: what can be compared is what the vectors are
  const { dense, bm25, late } = plan.vectors
  const named = [dense, late].flatMap((planned) => namesOf(planned).map((name) => [planned!, name] as const))
  const rows = named.flatMap(([planned, name]) => {
    const wanted = {
      size: planned.dimension,
      distance: 'Cosine',
      multivector: planned === late ? 'max_sim' : undefined,
    }
    const params = found.vectors[name]
    const there = params && {
      size: params.size,
      distance: params.distance,
      multivector: (params.multivector_config as { comparator?: string } | null | undefined)?.comparator,
    }
    const path = `vectors.${name}`
    return there === undefined
      ? [`${path}: found nothing, expected size ${planned.dimension}`]
      : describeDifferences(there, wanted, path)
  })
  if (bm25 === undefined) return rows
  const sparse = namesOf(bm25).flatMap((name) => {
    const params = found.sparseVectors[name]
    const modifier = params && (params.modifier ?? 'none')
    return describeDifferences(modifier, bm25.modifier ?? 'idf', `sparse_vectors.${name}.modifier`)
  })
  return [...rows, ...sparse]
}

/** A collection that is to be dropped. */
export interface DoomedCollection {
  readonly metadata: Readonly<Record<string, unknown>>
  /** What it holds, in words. */
  readonly contents: string
}

/**
 * Refuses to drop what offgrid did not make.
 * @throws InputError `COLLECTION_NOT_OURS`
 */
export function requireOwnCollection(
  { metadata, contents }: DoomedCollection,
  location: string,
  collection: string,
): void {
  if (METADATA_KEY in metadata) return
  throw new InputError(
    'COLLECTION_NOT_OURS',
    `--restart: collection "${collection}" in ${location} (${contents}) was not made by offgrid ingest, so it is not dropped. ` +
      'Use another --collection, or --recreate to drop it all the same.',
  )
}
