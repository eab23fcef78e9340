import { ModelError } from '../errors.js'
import type { EncoderSizes } from './architectures/bert-config.js'
import { type ChannelMaxima, maximaName, SMOOTHING_EXPONENTS } from './int8-linear.js'
import type { LinearSite } from './linear.js'
import { openCheckpoint, readFloatTensor } from './safetensors.js'

/**
 * Reads a calibration file: for each input that int8 smooths a tensor of the largest magnitudes of its channels, float32 [hidden].
 * @throws ModelError `CALIBRATION_INVALID` if one is missing, of another size, or not made of finite magnitudes; `CHECKPOINT_INVALID`
 */
export async function readCalibration(path: string, config: EncoderSizes): Promise<ChannelMaxima> {
  const file = await openCheckpoint(path)
  const maxima = new Map<string, Float32Array>()
  for (let layer = 0; layer < config.layers; layer++) {
    for (const site of Object.keys(SMOOTHING_EXPONENTS) as LinearSite[]) {
      const name = maximaName({ layer, site })
      const shape = file.tensors.get(name)?.shape
      if (shape?.length !== 1 || shape[0] !== config.hiddenSize) {
        throw invalid(
          path,
          `expected a tensor "${name}" [${config.hiddenSize}], found ${shape ? `[${shape}]` : 'none'}`,
        )
      }
      const { values } = await readFloatTensor(file, name)
      if (!values.every((value) => value >= 0 && value < Infinity)) {
        throw invalid(path, `"${name}" holds a value that is no magnitude`)
      }
      maxima.set(name, values)
    }
  }
  return maxima
}

function invalid(path: string, what: string): ModelError {
  return new ModelError(
    'CALIBRATION_INVALID',
    `${path}: ${what}. Make the file anew with scripts/calibrate-int8.js, or remove it from the model.`,
  )
}
