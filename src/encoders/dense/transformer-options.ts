import { optionError } from '../../errors.js'
import { PRECISIONS } from '../../graph/precision.js'
import { architectureOf, POOLINGS, type Pooling } from '../../onnx/manifest.js'
import { type OpenedModel, openModel } from '../../onnx/model-files.js'
import { rejectUnknownOptions, requireChoice, requireCount } from '../../options.js'
import type { NetworkEncoderOptions } from '../network/network-encoder-options.js'
import { notSuitable } from '../network/not-suitable.js'
import type { Prefixes } from '../prefixes.js'

/** What a model of dense vectors can be told, whether it has a network or not. */
export interface DenseEncoderOptions extends NetworkEncoderOptions {
  /** Whether dense vectors are scaled to L2 norm 1. @default what the model's files say; true for most models */
  readonly normalize?: boolean | undefined
  /** Floats of a dense vector that are kept, from the front (Matryoshka), and normalized again. @default all */
  readonly dimensions?: number | undefined
  /** What is put before queries and documents. @default 'none', as in FastEmbed */
  readonly prefixes?: Prefixes | undefined
}

export interface TransformerEncoderOptions extends DenseEncoderOptions {
  /** Model of the dense vectors, e.g. `sentence-transformers/all-MiniLM-L6-v2`; without it there are none. */
  readonly dense?: string | undefined
  /** Model of the multivectors, e.g. `offgrid/all-MiniLM-L6-v2-late`; without it there are none. With `dense` it must share its checkpoint. */
  readonly late?: string | undefined
  /** How token embeddings become a dense vector. @default the model's */
  readonly pooling?: Pooling | undefined
  /** Of a multi-task model, the task of documents. @default the model's task for each side */
  readonly task?: number | undefined
}

const KNOWN_OPTIONS = [
  'dense',
  'late',
  'precision',
  'maxTokens',
  'threads',
  'modelsFolder',
  'pooling',
  'normalize',
  'dimensions',
  'prefixes',
  'task',
]

/** @throws InputError `UNKNOWN_OPTION`, `INVALID_OPTION` */
export function requireTransformerOptions(options: TransformerEncoderOptions): void {
  const where = options?.dense ?? options?.late ?? 'TransformerEncoder'
  rejectUnknownOptions(options, KNOWN_OPTIONS, where)
  const { precision, threads, pooling, normalize, dimensions, task } = options
  requireChoice(where, 'precision', precision, PRECISIONS)
  requireCount(where, 'threads', threads)
  requireChoice(where, 'pooling', pooling, POOLINGS)
  requireChoice(where, 'normalize', normalize, [true, false])
  requireCount(where, 'dimensions', dimensions)
  requireCount(where, 'task', task, 0)
}

/**
 * The model with the network, its entry as the options change it, and the late-interaction model on top of it where one is asked for.
 * @throws InputError `UNKNOWN_MODEL`, `INVALID_OPTION`, `MODEL_NOT_SUITABLE`; ModelError `MODEL_FILE_MISSING`, `MODEL_FILE_CORRUPT`
 */
export async function openTransformerModels(
  options: TransformerEncoderOptions,
): Promise<{ model: OpenedModel; late?: OpenedModel }> {
  const files = { modelsFolder: options.modelsFolder }
  const dense = options.dense === undefined ? undefined : await openModel(options.dense, files)
  const late = options.late === undefined ? undefined : await openModel(options.late, files)
  if (dense !== undefined && architectureOf(dense.entry) !== 'transformer')
    throw notSuitable(dense.entry, 'dense vectors')
  if (late !== undefined && (architectureOf(late.entry) !== 'projection' || late.base === undefined)) {
    throw notSuitable(late.entry, 'multivectors')
  }
  const model = dense ?? late?.base
  if (model === undefined) throw optionError('Expected a model, dense, late or both, got none.')
  if (late !== undefined && late.base?.folder !== model.folder) {
    throw optionError(`${late.entry.name} needs ${late.base?.entry.name}, not ${model.entry.name}: open two encoders.`)
  }
  const { pooling = model.entry.pooling, normalize = model.entry.normalize ?? true } = options
  const changed = { ...model, entry: { ...model.entry, pooling, normalize } }
  return late === undefined ? { model: changed } : { model: changed, late }
}
