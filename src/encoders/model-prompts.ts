import { findModel } from '../onnx/model-files.js'
import type { EncoderSpec } from './open-encoder.js'

/**
 * A spec in which the prompts of its dense model stand in full: the model's own where the spec says nothing of them, none for `none`.
 * A model without prompts, and a spec that leaves them out, have no `prefixes`: so do the recipes of the time before prompts were used.
 * @throws InputError `UNKNOWN_MODEL`
 */
export async function withModelPrompts(spec: EncoderSpec): Promise<EncoderSpec> {
  const { prefixes = 'model', ...rest } = spec
  if (spec.dense === undefined || prefixes === 'none') return rest
  if (prefixes !== 'model') return spec
  const known = spec.custom?.find(({ entry }) => entry.name === spec.dense)
  const { entry } = known ?? (await findModel(spec.dense, { modelsFolder: spec.modelsFolder }))
  const { queryPrefix: query = '', passagePrefix: passage = '' } = entry
  return query === '' && passage === '' ? rest : { ...rest, prefixes: { query, passage } }
}
