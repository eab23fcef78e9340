import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ModelError } from '../errors.js'
import { isObject } from '../options.js'

/** What a model gives for a text: a dense vector, a sparse one, one vector per token, or, of a pair of texts, a score. */
export type ModelKind = 'dense' | 'sparse' | 'late' | 'reranker'

/** A kind of model that gives vectors. */
export type VectorKind = Exclude<ModelKind, 'reranker'>

export const MODEL_KINDS: readonly ModelKind[] = ['dense', 'sparse', 'late', 'reranker']

/** How a model computes. `projection` is a linear map on the token embeddings of another model, its `base`. */
export const ARCHITECTURES = [
  'transformer',
  'static',
  'bm25',
  'splade',
  'idf-splade',
  'bm42',
  'minicoil',
  'projection',
  'colbert',
  'cross-encoder',
] as const
export type Architecture = (typeof ARCHITECTURES)[number]

/** How token embeddings become one vector: their mean, the first row, the last row, or not at all because the graph does it. */
export const POOLINGS = ['mean', 'cls', 'lastToken', 'none'] as const
/** One of {@link POOLINGS}: how token embeddings become one vector. */
export type Pooling = (typeof POOLINGS)[number]

/** Where the prompts of a model are from. */
export const PROMPT_SOURCES = ['published', 'model card', 'stated'] as const
export type PromptSource = (typeof PROMPT_SOURCES)[number]

export interface ModelFile {
  /** Relative to the model's folder, with forward slashes. */
  readonly path: string
  readonly sizeBytes: number
  /** Lower-case hexadecimal. */
  readonly sha256: string
}

/** What manifest.json says of a model. */
export interface ModelEntry {
  readonly name: string
  readonly kind: ModelKind
  /** @default by kind: dense `transformer`, sparse `bm25`, late `projection`, reranker `cross-encoder` */
  readonly architecture?: Architecture
  /** File that is run, relative to the folder: a checkpoint or an ONNX graph. @default 'model.safetensors' */
  readonly network?: string
  /** Name or position of the ONNX graph's output that holds the embeddings or logits. @default 0 */
  readonly output?: string | number
  /**
   * Whether the graph quantizes activations by a scale over the whole batch, so that every text must be run alone for its
   * vector not to depend on its neighbours. @default false
   */
  readonly runsAlone?: boolean
  /** Relative to the models folder. */
  readonly folder: string
  readonly files: readonly ModelFile[]
  /** Name of the model whose checkpoint and tokenizer this one shares. */
  readonly base?: string
  /** Floats per vector; null for sparse models. */
  readonly dimension: number | null
  /** Default cut, special tokens included; null where texts are not cut. */
  readonly maxTokens: number | null
  /** Of dense models; null for the others. */
  readonly pooling: Pooling | null
  /** Whether a dense vector is brought to L2 norm 1. @default true */
  readonly normalize?: boolean
  /**
   * What follows the pooling of a checkpoint, or every token of a late-interaction model: `normalize`, or the folder of a dense
   * layer such as `2_Dense`. @default L2 normalization alone, unless `normalize` is false
   */
  readonly steps?: readonly string[]
  /**
   * Of a late-interaction model: how many neighbouring rows of a document become one in a collection that is told nothing else. @default 1
   */
  readonly poolFactor?: number
  /** Name of the model that encodes queries, in the same space: smaller, as a rule. @default this one */
  readonly queryModel?: string
  /** What the model was trained to see before every query. @default '' */
  readonly queryPrefix?: string
  /** What the model was trained to see before every document. @default '' */
  readonly passagePrefix?: string
  /** Where the prompts are from: the model's own published files, the text of its model card, or whoever imported it. */
  readonly promptSource?: PromptSource
  /**
   * Of a model with a known name, what was held against no published sum: only its form shows that it is the model. Absent where
   * everything was, or there is nothing to hold it against.
   */
  readonly unchecked?: readonly string[]
  /** What only one architecture has; its encoder validates it. */
  readonly settings?: Readonly<Record<string, unknown>>
  readonly licence: string
  readonly source: string
  readonly revision: string
}

/** manifest.json of a models folder. */
export interface Manifest {
  readonly version: 1
  readonly models: readonly ModelEntry[]
}

export const MANIFEST_FILE = 'manifest.json'
export const CHECKPOINT_FILE = 'model.safetensors'
/** Beside a checkpoint, optional: what makes its int8 form more exact. */
export const CALIBRATION_FILE = 'calibration.safetensors'
/** Of a dense module, relative to its folder. */
export const DENSE_FILES = ['config.json', 'model.safetensors'] as const

const DEFAULT_ARCHITECTURES: Readonly<Record<ModelKind, Architecture>> = {
  dense: 'transformer',
  sparse: 'bm25',
  late: 'projection',
  reranker: 'cross-encoder',
}

/** How a model of a kind can compute. */
const ARCHITECTURES_OF: Readonly<Record<ModelKind, readonly Architecture[]>> = {
  dense: ['transformer', 'static'],
  sparse: ['bm25', 'splade', 'idf-splade', 'bm42', 'minicoil'],
  late: ['projection', 'colbert'],
  reranker: ['cross-encoder'],
}

/** Architectures whose entries may have settings. */
const WITH_SETTINGS: readonly Architecture[] = ['transformer', 'colbert', 'idf-splade']

const ENTRY_FIELDS = [
  ...['name', 'kind', 'architecture', 'network', 'output', 'runsAlone', 'folder', 'files', 'base', 'dimension'],
  ...[
    'maxTokens',
    'pooling',
    'normalize',
    'steps',
    'poolFactor',
    'queryModel',
    'queryPrefix',
    'passagePrefix',
    'promptSource',
    'unchecked',
    'settings',
    'licence',
    'source',
    'revision',
  ],
]
const FILE_FIELDS = ['path', 'sizeBytes', 'sha256']

/** How a model computes, by its entry or its kind. */
export function architectureOf({ kind, architecture }: Pick<ModelEntry, 'kind' | 'architecture'>): Architecture {
  return architecture ?? DEFAULT_ARCHITECTURES[kind]
}

const WITH_IDF: readonly Architecture[] = ['bm25', 'bm42', 'minicoil']

/** Whether the weights of a sparse model leave IDF to the store: its vector in a collection needs `modifier: 'idf'`. */
export function requiresIdf(entry: Pick<ModelEntry, 'kind' | 'architecture'>): boolean {
  return WITH_IDF.includes(architectureOf(entry))
}

/**
 * Reads the manifest of a models folder; a folder without one has no models yet.
 * @param options.isOptional whether nobody asked for this folder: one that is no folder, or may not be read, has no models either
 * @throws ModelError `MANIFEST_INVALID`
 */
export async function readManifest(
  modelsFolder: string,
  { isOptional = false }: { readonly isOptional?: boolean } = {},
): Promise<Manifest> {
  const path = join(modelsFolder, MANIFEST_FILE)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    if (isOptional || (cause as NodeJS.ErrnoException).code === 'ENOENT') return { version: 1, models: [] }
    throw invalid(path, (cause as Error).message, cause)
  }
  let manifest: unknown
  try {
    manifest = JSON.parse(text)
  } catch (cause) {
    throw invalid(path, `it is not JSON: ${(cause as Error).message}`, cause)
  }
  const { version, models, ...unknown } = (manifest ?? {}) as Partial<Manifest>
  if (version !== 1) throw invalid(path, `expected version 1, got ${JSON.stringify(version)}`)
  if (!Array.isArray(models)) throw invalid(path, '"models" is not a list')
  refuseUnknown(path, '', unknown, [])
  for (const [i, entry] of models.entries()) requireEntry(path, `models[${i}]`, entry)
  return { version, models }
}

/**
 * Checks an entry that comes from elsewhere. What is unknown is an error, for it would be left out in silence.
 * @param path of the file that holds it, and `where` in it, for the message
 * @throws ModelError `MANIFEST_INVALID`
 */
export function requireEntry(path: string, where: string, entry: unknown): asserts entry is ModelEntry {
  if (!isObject(entry)) {
    throw invalid(path, `${where} is not an object`)
  }
  refuseUnknown(path, `${where}.`, entry, ENTRY_FIELDS)
  const fields = entry as Readonly<Record<string, unknown>>
  for (const key of ['name', 'folder', 'licence', 'source', 'revision']) {
    if (typeof fields[key] !== 'string') throw invalid(path, `${where}.${key} is not a string`)
  }
  const { dimension, maxTokens, files } = fields
  const refuse = (key: string) => invalid(path, `${where}.${key} is ${JSON.stringify(fields[key])}`)
  const requireOptional = (key: string, isValid: (value: unknown) => boolean) => {
    if (fields[key] !== undefined && !isValid(fields[key])) throw refuse(key)
  }
  if (!isOneOf(fields.kind, MODEL_KINDS)) throw refuse('kind')
  if (dimension !== null && !isCount(dimension)) throw invalid(path, `${where}.dimension is not a whole number or null`)
  if (maxTokens !== null && !isCount(maxTokens)) throw invalid(path, `${where}.maxTokens is not a whole number or null`)
  const isDense = fields.kind === 'dense'
  if (isDense ? !isOneOf(fields.pooling, POOLINGS) : fields.pooling !== null) {
    throw invalid(
      path,
      `${where}.pooling is ${JSON.stringify(fields.pooling)}, expected ${isDense ? POOLINGS.join(', ') : 'null'}`,
    )
  }
  const isTexts = (value: unknown) => Array.isArray(value) && value.every((text) => typeof text === 'string')
  for (const key of ['base', 'network', 'queryModel', 'queryPrefix', 'passagePrefix']) {
    requireOptional(key, (value) => typeof value === 'string')
  }
  for (const key of ['normalize', 'runsAlone']) requireOptional(key, (value) => typeof value === 'boolean')
  requireOptional('architecture', (value) => isOneOf(value, ARCHITECTURES_OF[fields.kind as ModelKind]))
  requireOptional('output', (value) => isCount(value) || (typeof value === 'string' && value !== ''))
  requireOptional('poolFactor', (value) => fields.kind === 'late' && isCount(value) && value > 0)
  requireOptional('steps', isTexts)
  for (const step of (fields.steps as string[] | undefined) ?? []) requireInside(path, `${where}.steps`, step)
  requireOptional('unchecked', isTexts)
  requireOptional('promptSource', (value) => isOneOf(value, PROMPT_SOURCES))
  requireOptional('settings', isObject)
  const architecture = architectureOf(fields as unknown as ModelEntry)
  if (Object.keys(fields.settings ?? {}).length > 0 && !WITH_SETTINGS.includes(architecture)) {
    throw invalid(path, `${where}.settings: a model that computes as ${architecture} has none`)
  }
  if (fields.network !== undefined) requireInside(path, `${where}.network`, fields.network as string)
  requireInside(path, `${where}.folder`, fields.folder as string)
  if (!Array.isArray(files)) throw invalid(path, `${where}.files is not a list`)
  for (const [j, file] of (files as Readonly<Record<string, unknown>>[]).entries()) {
    const at = `${where}.files[${j}]`
    if (typeof file?.path !== 'string' || !isCount(file.sizeBytes))
      throw invalid(path, `${at} has no path and sizeBytes`)
    if (typeof file.sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(file.sha256))
      throw invalid(path, `${at}.sha256 is no SHA-256`)
    requireInside(path, `${at}.path`, file.path)
    refuseUnknown(path, `${at}.`, file, FILE_FIELDS)
  }
  const network = fields.network as string | undefined
  // what is run is a file whose sum is known
  if (network !== undefined && !(files as readonly ModelFile[]).some((file) => file.path === network)) {
    throw invalid(path, `${where}.network is ${JSON.stringify(network)}, which is none of its files`)
  }
}

/** A manifest from elsewhere must not reach files outside its folder, nor the folder itself as one of the things in it. */
function requireInside(path: string, where: string, relative: string): void {
  if (isInside(relative)) return
  throw invalid(path, `${where} is ${JSON.stringify(relative)}, expected a path inside the folder`)
}

/** Whether a relative path names something below a folder on every system. */
export function isInside(relative: string): boolean {
  return (
    !/^[A-Za-z]:|\0/.test(relative) &&
    relative.split(/[/\\]/).every((part) => part !== '' && part !== '.' && part !== '..')
  )
}

function refuseUnknown(path: string, where: string, value: object, known: readonly string[]): void {
  const unknown = Object.keys(value).find((key) => !known.includes(key))
  if (unknown === undefined) return
  throw invalid(path, `${where}${unknown} is unknown${known.length === 0 ? '' : `, expected ${known.join(', ')}`}`)
}

function isOneOf(value: unknown, choices: readonly string[]): boolean {
  return typeof value === 'string' && choices.includes(value)
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function invalid(path: string, what: string, cause?: unknown): ModelError {
  return new ModelError('MANIFEST_INVALID', `${path}: ${what}. Restore the file or import the models again.`, { cause })
}
