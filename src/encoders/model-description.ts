import { InputError, rejectUnknownOptions } from '../errors.js'
import { ARCHITECTURES, MODEL_KINDS, type ModelEntry, POOLINGS } from '../onnx/manifest.js'

/** What somebody states of a model; the rest is taken from what is known by its name and from its files. */
export interface ModelDescription
  extends Partial<
    Pick<
      ModelEntry,
      | 'kind'
      | 'architecture'
      | 'network'
      | 'output'
      | 'pooling'
      | 'normalize'
      | 'queryPrefix'
      | 'passagePrefix'
      | 'settings'
      | 'licence'
      | 'source'
      | 'revision'
    >
  > {
  /** Name by which it will be asked for, such as `BAAI/bge-small-en-v1.5`. */
  readonly name: string
  /** Floats per vector. */
  readonly dimension?: number
  /** Where texts are cut unless told otherwise, special tokens included. */
  readonly maxTokens?: number
}

const KNOWN_OPTIONS = [
  'name',
  'kind',
  'architecture',
  'network',
  'output',
  'pooling',
  'normalize',
  'queryPrefix',
  'passagePrefix',
  'settings',
  'licence',
  'source',
  'revision',
  'dimension',
  'maxTokens',
]

/** @throws InputError `UNKNOWN_OPTION`, `INVALID_OPTION` */
export function requireDescription(description: ModelDescription): void {
  rejectUnknownOptions(description, KNOWN_OPTIONS, 'model description')
  const { name, kind, architecture, pooling } = description
  if (typeof name !== 'string' || name.trim() === '') throw invalid('name', 'a name such as owner/model', name)
  for (const [key, value, choices] of [
    ['kind', kind, MODEL_KINDS],
    ['architecture', architecture, ARCHITECTURES],
    ['pooling', pooling, POOLINGS],
  ] as const) {
    if (value != null && !(choices as readonly string[]).includes(value)) throw invalid(key, choices.join(', '), value)
  }
  for (const key of ['dimension', 'maxTokens'] as const) {
    const value = description[key]
    if (value !== undefined && !(Number.isSafeInteger(value) && value > 0)) throw invalid(key, 'a whole number', value)
  }
  if (description.normalize !== undefined && typeof description.normalize !== 'boolean') {
    throw invalid('normalize', 'true or false', description.normalize)
  }
  for (const key of ['network', 'queryPrefix', 'passagePrefix', 'licence', 'source', 'revision'] as const) {
    const value = description[key]
    if (value !== undefined && typeof value !== 'string') throw invalid(key, 'a text', value)
  }
}

function invalid(key: string, expected: string, found: unknown): InputError {
  return new InputError('INVALID_OPTION', `${key} of a model: expected ${expected}, got ${JSON.stringify(found)}.`)
}
