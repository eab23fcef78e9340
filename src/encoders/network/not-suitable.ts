import { InputError } from '../../errors.js'
import { architectureOf, type ModelEntry } from '../../onnx/manifest.js'

/** The refusal of a model that is asked for what it does not give. */
export function notSuitable(entry: ModelEntry, wanted: string): InputError {
  return new InputError(
    'MODEL_NOT_SUITABLE',
    `${entry.name} is a model of kind "${entry.kind}" (${architectureOf(entry)}); it gives no ${wanted} here. ` +
      'Choose one by its kind: offgrid models list',
  )
}
