import type { ModelEntry } from '../onnx/manifest.js'
import { type FoundModel, findModel } from '../onnx/model-files.js'
import type { Prefixes } from './prefixes.js'

/** What of an encoder's spec decides about prompts. */
interface PromptedSpec {
  readonly dense?: string | undefined
  readonly prefixes?: Prefixes | undefined
  readonly modelsFolder?: string | undefined
  readonly custom?: readonly FoundModel[]
}

/**
 * An encoder's spec in which the prompts of its dense model stand in full: the model's own where the spec says nothing of them, none for
 * `none`. Where another model encodes queries, its own stands before them. A model without prompts, and a spec that leaves them out, have no `prefixes`: so do the recipes of the time before prompts were used.
 * @throws InputError `UNKNOWN_MODEL`
 */
export async function withModelPrompts<T extends PromptedSpec>(spec: T): Promise<T> {
  const { prefixes = 'model', ...rest } = spec
  const bare = rest as unknown as T
  if (spec.dense === undefined || prefixes === 'none') return bare
  if (prefixes !== 'model') return spec
  const { queryModel, passagePrefix: passage = '', ...own } = await entryOf(spec, spec.dense)
  const { queryPrefix: query = '' } = queryModel === undefined ? own : await entryOf(spec, queryModel)
  return query === '' && passage === '' ? bare : { ...bare, prefixes: { query, passage } }
}

async function entryOf({ custom, modelsFolder }: PromptedSpec, name: string): Promise<ModelEntry> {
  const known = custom?.find(({ entry }) => entry.name === name)
  return (known ?? (await findModel(name, { modelsFolder }))).entry
}
