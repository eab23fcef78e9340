import { type Payload, type PointId, pointId, STORED_FIELDS } from '../../document.js'
import { InputError } from '../../errors.js'
import { ID_FIELDS } from '../../inputs/mapping/document-mapping.js'
import { fieldValue } from '../../inputs/mapping/find-field.js'
import { isWholeNumber } from '../../options.js'
import type { Store } from '../../stores/store.js'
import type { CollectionPlan } from '../collection/collection-plan.js'
import { unwrapPayload } from '../collection/layout.js'
import type { PlannedCollection } from '../collection/opened-collection.js'
import { chunkId } from '../documents/passage.js'
import type { PointIdSet } from '../documents/point-id-set.js'
import { type RunKey, type RunRecord, runsInto } from './run-records.js'

type ScrolledPage = Awaited<ReturnType<Store['scroll']>>

/** Points that are read, and deleted, at once. */
const PAGE_POINTS = 1000

/**
 * Refuses to prune a collection that other inputs were ingested into: their documents would be gone from this input, too.
 * @param runs into all collections, oldest first
 * @param former collections whose documents it was given by migrations, see `migratedFrom`
 * @throws InputError `PRUNE_REFUSED` naming them
 */
export function requireSoleInput(
  runs: readonly RunRecord[],
  { store, collection, sources }: RunKey,
  former: ReadonlyMap<string, string>,
): void {
  const own = runsInto(runs, { store, collection })
  const begun = lastEmpty(own)
  const moved = [...former].flatMap(([name, until]) => {
    if (until < begun) return []
    return stillThere(runsInto(runs, { store, collection: name }).filter(({ started }) => started <= until))
  })
  const filled = [...moved, ...stillThere(own)].flatMap((run) => run.sources)
  const missing = [...new Set(filled)].filter((source) => !sources.includes(source))
  if (missing.length === 0) return
  throw new InputError(
    'PRUNE_REFUSED',
    `--prune deletes the points of documents that the input does not have, and the collection was filled from ${missing.join(', ')} as well. ` +
      'Name all inputs in one command, or use a collection for each.',
  )
}

/** When the last run began that found its collection empty. What came before is not in it. */
function lastEmpty(runs: readonly RunRecord[]): string {
  return runs.findLast((run) => run.sessions[0]?.storedPoints === 0)?.started ?? ''
}

/** Runs whose documents a collection may still hold: one that began before it was empty may still have been storing then. */
function stillThere(runs: readonly RunRecord[]): RunRecord[] {
  const begun = lastEmpty(runs)
  return runs.filter(({ lastActive }) => lastActive >= begun)
}

/**
 * Deletes the points that offgrid made of documents that are not among `seen`. A point counts as made by offgrid if its id is the one that
 * its payload gives by our rule; all others are left alone.
 * @param seen keys of the documents of the whole input
 * @returns points deleted
 */
export async function pruneCollection(
  { store, collection, plan }: PlannedCollection,
  seen: PointIdSet,
): Promise<number> {
  const gone: PointId[] = []
  let next: PointId | null = null
  do {
    const page: ScrolledPage = await store.scroll(collection, {
      limit: PAGE_POINTS,
      ...(next !== null && { offset: next }),
    })
    for (const { id, payload } of page.points) {
      const key = documentKey(id, unwrapPayload(payload ?? {}, plan), plan)
      if (key !== null && !seen.has(key)) gone.push(id)
    }
    next = page.next
  } while (next !== null)
  for (let begin = 0; begin < gone.length; begin += PAGE_POINTS) {
    await store.delete(collection, gone.slice(begin, begin + PAGE_POINTS))
  }
  return gone.length
}

/** Key of the document that a point was made of, or null if offgrid did not make it. */
function documentKey(id: PointId, payload: Payload, plan: CollectionPlan): PointId | null {
  const { [STORED_FIELDS.text]: stored, [STORED_FIELDS.documentId]: name, [STORED_FIELDS.chunk]: chunk } = payload
  const text = typeof stored === 'string' ? stored : ''
  if (plan.chunking !== null) {
    const key = isWholeNumber(chunk) ? keysOf(name, text).find((each) => chunkId(each, chunk) === id) : undefined
    if (key !== undefined || plan.chunking.wholeTokens === undefined) return key ?? null
  }
  const fields = plan.idField === null ? ID_FIELDS : [plan.idField]
  const named = fields.flatMap((field) => keysOf(fieldValue(payload, field), text))
  return [...named, pointId({ id: null, text, payload }), pointId({ id: null, text })].includes(id) ? id : null
}

/** Keys that a document of this id may have: an id of digits is a number in CSV. */
function keysOf(id: unknown, text: string): PointId[] {
  if (typeof id === 'number') return [pointId({ id, text })]
  if (typeof id !== 'string' || id === '') return []
  return /^\d+$/.test(id) ? [pointId({ id, text }), pointId({ id: Number(id), text })] : [pointId({ id, text })]
}
