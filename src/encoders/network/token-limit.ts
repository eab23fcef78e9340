import { optionError } from '../../errors.js'
import type { OpenedModel } from '../../onnx/model-files.js'
import { shown } from '../../options.js'
import type { Network } from './network.js'

/**
 * Where a model cuts its input: as the caller says, else as the model's entry does, else at its last position.
 * @param leastTokens that make sense, special tokens included
 * @throws InputError `INVALID_OPTION` if the network cannot take so many
 */
export function resolveMaxTokens(
  maxTokens: number | undefined,
  { entry }: OpenedModel,
  network: Network,
  leastTokens: number,
): number {
  const positions = network.maxPositions ?? Number.POSITIVE_INFINITY
  const limit = maxTokens ?? Math.min(entry.maxTokens ?? positions, positions)
  if (Number.isSafeInteger(limit) && limit >= leastTokens && limit <= positions) return limit
  throw optionError(`maxTokens must be ${leastTokens} to ${positions} for ${entry.name}, got ${shown(limit)}.`)
}
