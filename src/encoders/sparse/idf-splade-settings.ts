import { ModelError } from '../../errors.js'
import type { ModelEntry } from '../../onnx/manifest.js'
import { type Activation, saturateOnce, saturateTwice } from './splade-weights.js'

/** What tells one inference-free SPLADE model from another; `settings` of its manifest entry. */
export interface IdfSpladeSettings {
  /** How often a logit goes through log(1 + x): twice since opensearch-project's v3. @default 'twice' */
  readonly saturation: 'once' | 'twice'
}

const ACTIVATIONS: Readonly<Record<IdfSpladeSettings['saturation'], Activation>> = {
  once: saturateOnce,
  twice: saturateTwice,
}

/** @throws ModelError `MANIFEST_INVALID` */
export function readSaturation({ name, settings = {} }: Pick<ModelEntry, 'name' | 'settings'>): Activation {
  const { saturation = 'twice', ...unknown } = settings as Partial<IdfSpladeSettings>
  if (Object.keys(unknown).length === 0 && Object.hasOwn(ACTIVATIONS, saturation)) return ACTIVATIONS[saturation]
  throw new ModelError(
    'MANIFEST_INVALID',
    `${name}: settings are ${JSON.stringify(settings)}; expected { saturation: "once" or "twice" } or nothing.`,
  )
}
