import type { EncoderSpec } from '../encoders/open-encoder.js'
import type { Bm42Options } from '../encoders/sparse/bm42.js'
import { InputError } from '../errors.js'
import { type Architecture, architectureOf, type ModelEntry } from '../onnx/manifest.js'
import { BM25_NAMES } from './bm25-embedding-options.js'

/** Options of a class's sparse models that have a network: BM42's, and of BM25's those that miniCOIL shares (`k`, `b`, `avgLen`). */
export type SparseModelOptions = Bm42Options

/** Names of the options that only some sparse models have. */
export const SPARSE_NAMES: readonly string[] = [...BM25_NAMES, 'alpha']

const OWN_NAMES: Partial<Readonly<Record<Architecture, readonly string[]>>> = {
  bm25: BM25_NAMES,
  bm42: ['alpha'],
  minicoil: ['k', 'b', 'avgLen'],
}

/** @throws InputError `UNKNOWN_OPTION` for an option of another sparse model */
export function refuseForeignOptions(where: string, options: object, entry: ModelEntry): void {
  const own = OWN_NAMES[architectureOf(entry)] ?? []
  const foreign = SPARSE_NAMES.find((name) => name in options && !own.includes(name))
  if (foreign === undefined) return
  throw new InputError(
    'UNKNOWN_OPTION',
    `${where}: ${entry.name} has no option "${foreign}"; of its own it has ${own.length === 0 ? 'none' : own.join(', ')}.`,
  )
}

/** The part of an encoder's spec that a sparse model with a network has for itself. */
export function networkSpec(options: object, entry: ModelEntry): Partial<EncoderSpec> {
  const own = Object.entries(options).filter(
    ([name, value]) => (OWN_NAMES[architectureOf(entry)] ?? []).includes(name) && value !== undefined,
  )
  return own.length === 0 ? {} : { [architectureOf(entry)]: Object.fromEntries(own) }
}
