import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ModelError } from '../errors.js'
import { type ConfigJson, readSize, requireValue } from './architectures/config-values.js'
import { DENSE_ACTIVATIONS, type DenseActivation, type DenseLayer } from './dense-layer.js'
import { openCheckpoint } from './safetensors.js'
import { readTensorAsFloats } from './tensor-values.js'

/**
 * Reads a dense module of sentence-transformers or PyLate: its config.json and model.safetensors.
 * @param folder such as `2_Dense`
 * @throws ModelError `CONFIG_INVALID`, `CHECKPOINT_INVALID`; `CHECKPOINT_UNSUPPORTED` for an activation that cannot be built
 */
export async function readDenseLayer(folder: string): Promise<DenseLayer> {
  const path = join(folder, 'config.json')
  const config = await readConfig(path)
  const shape = [readSize(path, config, 'out_features'), readSize(path, config, 'in_features')] as const
  const hasBias = requireValue(path, config, 'bias', [true, false], true)
  const hasResidual = requireValue(path, config, 'use_residual', [true, false], false)
  const weights = join(folder, 'model.safetensors')
  const checkpoint = await openCheckpoint(weights)
  const read = async (name: string, expected: readonly number[]) => {
    const tensor = await readTensorAsFloats(checkpoint, name)
    if (String(tensor.shape) === String(expected)) return tensor
    throw new ModelError(
      'CHECKPOINT_UNSUPPORTED',
      `${weights}: "${name}" is [${tensor.shape}], config.json says [${expected}].`,
    )
  }
  const isSquare = shape[0] === shape[1]
  return {
    kind: 'dense',
    weight: await read('linear.weight', shape),
    bias: hasBias ? await read('linear.bias', [shape[0]]) : undefined,
    activation: activationOf(path, config),
    residual: hasResidual ? (isSquare ? 'identity' : await read('residual.weight', shape)) : undefined,
  }
}

/** `activation_function` is a Python path, as in `torch.nn.modules.activation.Tanh`. */
function activationOf(path: string, { activation_function: value = 'Tanh' }: ConfigJson): DenseActivation {
  const name = String(value).split('.').at(-1)!
  if ((DENSE_ACTIVATIONS as readonly string[]).includes(name)) return name as DenseActivation
  throw new ModelError(
    'CHECKPOINT_UNSUPPORTED',
    `${path}: activation_function is ${JSON.stringify(value)}; only ${DENSE_ACTIVATIONS.join(', ')} can be built.`,
  )
}

async function readConfig(path: string): Promise<ConfigJson> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as ConfigJson
  } catch (cause) {
    throw new ModelError('CONFIG_INVALID', `${path} cannot be read: ${(cause as Error).message}.`, { cause })
  }
  throw new ModelError('CONFIG_INVALID', `${path}: expected a JSON object.`)
}
