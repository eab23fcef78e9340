import { openModel } from '../../onnx/model-files.js'
import type { Store } from '../../stores/store.js'
import { recordedPlan } from '../collection/collection-plan.js'
import { aliasesOf } from '../collection/resolve-collection.js'
import type { Migration } from './migrate-collection.js'
import { REPLACES_KEY, secondName } from './migration-plan.js'

/** A migration that an earlier run had done but for its last step. */
export interface EndedMigration extends Migration {
  readonly source: string
  readonly target: string
  /** The new dense model. */
  readonly model: string
}

/**
 * Puts an alias in the place of a collection that a migration had dropped when it died. The second collection says that it is to stand for that name.
 * @param name of the collection that was dropped; the others as in `planMigration`
 * @returns null where no migration died there
 * @throws ModelError `UNKNOWN_MODEL`
 */
export async function endDroppedMigration(
  store: Store,
  name: string,
  model: string,
  to?: string,
): Promise<EndedMigration | null> {
  if (store.aliases === undefined || (await store.describeCollection(name)) !== null) return null
  const { entry } = await openModel(model)
  const target = to ?? secondName(name, entry)
  const found = await store.describeCollection(target)
  if (found?.metadata[REPLACES_KEY] !== name || recordedPlan(found)?.spec.dense !== entry.name) return null
  await store.aliases.switch([name], target)
  const counts = { read: 0, stored: 0, unchanged: 0, failed: 0, deleted: 0, tokens: 0, tokensLost: 0, seconds: 0 }
  const switched = await aliasesOf(store, target)
  const ended = { points: found.points, verified: 0, switched, dropped: true, interrupted: false }
  return { source: name, target, model: entry.name, ...counts, ...ended }
}
