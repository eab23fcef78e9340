import { ModelError } from '../../errors.js'
import type { ModelEntry } from '../../onnx/manifest.js'
import { isWholeNumber } from '../../options.js'
import type { Side } from '../encoder.js'

/** What `settings` of a transformer's entry may say. */
export interface TransformerSettings {
  /** Of a multi-task model: the number that its input `task_id` takes on each side. */
  readonly tasks?: Readonly<Record<Side, number>>
  /** Id with which every text is filled up to the model's token limit, for a graph that pools at a fixed place. */
  readonly padId?: number
}

/** @throws ModelError `MANIFEST_INVALID` */
export function readTransformerSettings({ name, settings = {} }: ModelEntry): TransformerSettings {
  const { tasks, padId, ...unknown } = settings as { tasks?: Readonly<Record<Side, unknown>>; padId?: unknown }
  const isValid =
    Object.keys(unknown).length === 0 &&
    (padId === undefined || isWholeNumber(padId)) &&
    (tasks === undefined || (isWholeNumber(tasks?.document) && isWholeNumber(tasks?.query)))
  if (isValid) return settings as TransformerSettings
  throw new ModelError(
    'MANIFEST_INVALID',
    `${name}: settings are ${JSON.stringify(settings)}; of a transformer expected { tasks: { document, query }, padId } or a part of it.`,
  )
}
