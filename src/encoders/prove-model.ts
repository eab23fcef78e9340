import { ModelError } from '../errors.js'
import { addCustomModels, type CustomModel, customModels, removeCustomModel } from '../onnx/custom-models.js'
import type { VectorKind } from '../onnx/manifest.js'
import { CrossEncoder } from './cross-encoder.js'
import { openEncoder } from './open-encoder.js'

/** What one text became. */
export interface ModelProof {
  /** Special tokens included. */
  readonly tokens: number
  /** Numbers of its vector, or of all its rows; 1, the score, of a pair. */
  readonly numbers: number
}

const TEXT = 'The quick brown fox jumps over the lazy dog.'

/**
 * Opens a model that is in no manifest yet and encodes one text on each side; a reranker scores one pair.
 * @throws ModelError `MODEL_UNUSABLE` if what comes out is empty or not finite; what opening and encoding throw
 */
export async function proveModel(model: CustomModel): Promise<ModelProof> {
  const { name, kind } = model.entry
  const before = customModels().filter(({ entry }) => entry.name.toLowerCase() === name.toLowerCase())
  addCustomModels([model])
  try {
    return kind === 'reranker' ? await provePair(name) : await proveText(name, kind, model.modelsFolder)
  } finally {
    removeCustomModel(name)
    addCustomModels(before)
  }
}

/** @param modelsFolder where a base that it stands on is looked for first */
async function proveText(name: string, kind: VectorKind, modelsFolder: string): Promise<ModelProof> {
  const encoder = await openEncoder({ [kind]: name, modelsFolder })
  try {
    const document = await encoder.encode([TEXT], 'document')
    const query = await encoder.encode([TEXT], 'query')
    for (const { dense, sparse, late } of [document, query]) {
      requireNumbers(name, (dense ?? sparse ?? late)!.values)
    }
    return {
      tokens: document.tokens[0]!,
      numbers: (document.dense ?? document.sparse ?? document.late)!.values.length,
    }
  } finally {
    await encoder.close()
  }
}

async function provePair(name: string): Promise<ModelProof> {
  const encoder = await CrossEncoder.open({ reranker: name })
  try {
    const { scores, tokens } = await encoder.score([[TEXT, TEXT]])
    requireNumbers(name, scores)
    return { tokens: tokens[0]!, numbers: scores.length }
  } finally {
    await encoder.close()
  }
}

function requireNumbers(name: string, values: Float32Array | Float64Array): void {
  if (values.length > 0 && values.every(Number.isFinite)) return
  throw new ModelError('MODEL_UNUSABLE', `${name} was opened, but gives no finite numbers for a text.`)
}
