import { CHECKPOINT_FILE, type ModelEntry } from '../../onnx/manifest.js'
import { findKnownModel, type KnownModel } from '../../onnx/model-registry.js'
import { ownerOfWeights } from './published-sums.js'

/** What whoever brings a model in should know of it, a sentence each: what could not be checked, and what it lacks. */
export function importNotes(entry: ModelEntry): string[] {
  const weights = entry.files.find(({ path }) => path === (entry.network ?? CHECKPOINT_FILE))
  const known = findKnownModel(entry.name)
  const owner = weights && ownerOfWeights(weights)
  return [
    ...(entry.unchecked === undefined ? [] : [uncheckedNote(entry.name, entry.unchecked)]),
    ...(owner !== undefined && owner.name !== known?.name
      ? [`its weights are those of ${owner.name}: under that name they have its pooling and prompts.`]
      : []),
    ...missingPromptNotes(entry, known ?? owner),
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
