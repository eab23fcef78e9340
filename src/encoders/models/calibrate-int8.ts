import { join } from 'node:path'
import { optionError } from '../../errors.js'
import { writeFileAtomic } from '../../files/write-file-atomic.js'
import { encodeSafetensors, type FloatTensor } from '../../graph/safetensors.js'
import { addCustomModels, type CustomModel, removeCustomModel } from '../../onnx/custom-models.js'
import { CALIBRATION_FILE } from '../../onnx/manifest.js'
import { type OpenedModel, openModel } from '../../onnx/model-files.js'
import { isOnnx } from '../network/network.js'
import { openModelTokenizer } from '../network/open-model-tokenizer.js'
import { openTransformerGraph } from '../network/transformer-graph.js'

/**
 * The largest magnitude of each channel that int8 smooths, over texts, each a run of its own: what a calibration file holds.
 * @param model a checkpoint
 * @returns tensors float32 [hidden] by their names, such as `0.qkv`
 */
export async function measureMaxima(
  model: OpenedModel,
  texts: Iterable<string>,
): Promise<Readonly<Record<string, FloatTensor>>> {
  const tokenizer = await openModelTokenizer(model)
  const { session, config } = await openTransformerGraph({ model, outputs: ['channel_maxima'], threads: 1 })
  const maxTokens = Math.min(model.entry.maxTokens ?? config.maxPositions, config.maxPositions)
  const maxima: Record<string, FloatTensor> = {}
  try {
    for (const text of texts) {
      const inputIds = Int32Array.from(tokenizer.encode((model.entry.passagePrefix ?? '') + text, maxTokens).inputIds)
      if (inputIds.length === 0) continue
      for (const [name, { shape, values }] of Object.entries(await session.run(inputIds, 1, inputIds.length))) {
        maxima[name] ??= { shape, values: new Float32Array(values.length) }
        const largest = maxima[name].values
        for (const [channel, value] of values.entries()) largest[channel] = Math.max(largest[channel]!, value)
      }
    }
  } finally {
    await session.release()
  }
  return maxima
}

/**
 * Writes the calibration file of a model that is in no manifest yet into its folder.
 * @throws InputError `INVALID_OPTION` for an ONNX file; ModelError as an encoder's
 */
export async function calibrateModel(model: CustomModel, texts: readonly string[]): Promise<void> {
  const { entry, modelsFolder } = model
  requireCalibratable(entry)
  addCustomModels([model])
  try {
    const maxima = await measureMaxima(await openModel(entry.name), texts)
    await writeFileAtomic(join(modelsFolder, entry.folder, CALIBRATION_FILE), encodeSafetensors(maxima))
  } finally {
    removeCustomModel(entry.name)
  }
}

/** @throws InputError `INVALID_OPTION` */
export function requireCalibratable(entry: CustomModel['entry']): void {
  if (entry.architecture !== 'static' && !isOnnx({ entry, folder: '' })) return
  throw optionError(
    `calibrate: int8 is made of a checkpoint, and ${entry.name} is ${entry.architecture === 'static' ? 'a table' : `an ONNX file (${entry.network})`}: import the folder with its model.safetensors and config.json.`,
  )
}
