import { type InputError, optionError } from '../../errors.js'
import {
  ARCHITECTURES,
  type Architecture,
  isInside,
  MODEL_KINDS,
  type ModelEntry,
  type ModelKind,
  POOLINGS,
} from '../../onnx/manifest.js'
import { rejectUnknownOptions, requireObject, shown } from '../../options.js'

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
      | 'queryModel'
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
  'queryModel',
  'queryPrefix',
  'passagePrefix',
  'settings',
  'licence',
  'source',
  'revision',
  'dimension',
  'maxTokens',
]

/** How a model of a kind can compute; `projection` needs a base, which only a manifest states. */
const ARCHITECTURES_OF: Readonly<Record<ModelKind, readonly Architecture[]>> = {
  dense: ['transformer', 'static'],
  sparse: ['bm25', 'splade', 'idf-splade', 'bm42', 'minicoil'],
  late: ['colbert'],
  reranker: ['cross-encoder'],
}

/** The kind of model that computes in a way. */
export function modelKindOf(architecture: Architecture): ModelKind | undefined {
  return MODEL_KINDS.find((kind) => ARCHITECTURES_OF[kind].includes(architecture))
}

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
  const { architecture: given, output, settings } = description
  const possible = kind == null ? Object.values(ARCHITECTURES_OF).flat() : ARCHITECTURES_OF[kind]
  if (given != null && !possible.includes(given)) {
    throw invalid('architecture', `${possible.join(', ')}${kind == null ? '' : ` for kind ${kind}`}`, given)
  }
  if (output !== undefined && typeof output !== 'string' && !(Number.isSafeInteger(output) && output >= 0)) {
    throw invalid('output', 'a name or a position from 0 on', output)
  }
  if (
    description.network !== undefined &&
    !(typeof description.network === 'string' && isInside(description.network))
  ) {
    throw invalid('network', 'the path of a file in the folder', description.network)
  }
  if (settings !== undefined) requireObject('model description', 'settings', settings)
  for (const key of ['queryModel', 'queryPrefix', 'passagePrefix', 'licence', 'source', 'revision'] as const) {
    const value = description[key]
    if (value !== undefined && typeof value !== 'string') throw invalid(key, 'a text', value)
  }
}

function invalid(key: string, expected: string, found: unknown): InputError {
  return optionError(`${key} of a model: expected ${expected}, got ${shown(found)}.`)
}
