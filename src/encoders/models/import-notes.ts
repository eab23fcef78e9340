import { CHECKPOINT_FILE, type ModelEntry } from '../../onnx/manifest.js'
import { findKnownModel, type KnownModel } from '../../onnx/model-registry.js'
import type { ModelDescription } from './model-description.js'
import type { ModelFolder } from './model-folder.js'
import { ownerOfWeights } from './published-sums.js'

/**
 * What whoever brings a model in should know of it, a sentence each: what could not be checked, and what it lacks.
 * @param folder its files, which may say how it pools; `stated` is what somebody said of it
 */
export function importNotes(
  entry: ModelEntry,
  folder?: ModelFolder,
  stated: Pick<ModelDescription, 'pooling'> = {},
): string[] {
  const weights = entry.files.find(({ path }) => path === (entry.network ?? CHECKPOINT_FILE))
  const known = findKnownModel(entry.name)
  const owner = weights && ownerOfWeights(weights)
  const isSaid = [known, stated.pooling, folder?.modules ?? undefined, folder?.pooling ?? undefined].some(
    (said) => said !== undefined,
  )
  const isAssumed = folder !== undefined && entry.kind === 'dense' && entry.architecture === 'transformer' && !isSaid
  return [
    ...(entry.unchecked === undefined ? [] : [uncheckedNote(entry.name, entry.unchecked)]),
    ...(owner !== undefined && owner.name !== known?.name
      ? [`its weights are those of ${owner.name}: under that name they have its pooling and prompts.`]
      : []),
    ...missingPromptNotes(entry, known ?? owner),
    ...(isAssumed
      ? [`pooling ${entry.pooling} is assumed, because no file says it; state another with --pooling.`]
      : []),
  ]
}

function uncheckedNote(name: string, unchecked: readonly string[]): string {
  return `not checked, because no published sum is known: ${unchecked.join(', ')}. That they are those of ${name} is shown by their form alone; models pull fetches by the sums of the hub.`
}

/** A model that is known to need prompts and has none. */
export function missingPromptNotes(
  entry: ModelEntry,
  known: KnownModel | undefined = findKnownModel(entry.name),
): string[] {
  const { queryPrefix, passagePrefix } = known ?? {}
  if (entry.queryPrefix !== undefined || entry.passagePrefix !== undefined) return []
  if (queryPrefix === undefined && passagePrefix === undefined) return []
  const flags = [
    ...(queryPrefix === undefined ? [] : [`--query-prefix ${JSON.stringify(queryPrefix)}`]),
    ...(passagePrefix === undefined ? [] : [`--passage-prefix ${JSON.stringify(passagePrefix)}`]),
  ]
  return [
    `${known!.name} was trained with prompts and none is set here, which costs quality: import it with ${flags.join(' ')}.`,
  ]
}
