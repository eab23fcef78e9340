import { ModelError } from '../errors.js'
import { addCustomModels, type CustomModel, removeCustomModel } from '../onnx/custom-models.js'
import { openEncoder } from './open-encoder.js'

/** What one text became. */
export interface ModelProof {
  /** Special tokens included. */
  readonly tokens: number
  /** Numbers of its vector, or of all its rows. */
  readonly numbers: number
}

const TEXT = 'The quick brown fox jumps over the lazy dog.'

/**
 * Opens a model that is in no manifest yet and encodes one text on each side.
 * @throws ModelError `MODEL_UNUSABLE` if what comes out is empty or not finite; what opening and encoding throw
 */
export async function proveModel(model: CustomModel): Promise<ModelProof> {
  const { name, kind } = model.entry
  addCustomModels([model])
  try {
    const encoder = await openEncoder({ [kind]: name })
    try {
      const document = await encoder.encode([TEXT], 'document')
      const query = await encoder.encode([TEXT], 'query')
      for (const { dense, sparse, late } of [document, query]) {
        const values = (dense ?? sparse ?? late)!.values
        if (values.length === 0 || !values.every(Number.isFinite)) {
          throw new ModelError('MODEL_UNUSABLE', `${name} was opened, but gives no finite numbers for a text.`)
        }
      }
      return {
        tokens: document.tokens[0]!,
        numbers: (document.dense ?? document.sparse ?? document.late)!.values.length,
      }
    } finally {
      await encoder.close()
    }
  } finally {
    removeCustomModel(name)
  }
}
