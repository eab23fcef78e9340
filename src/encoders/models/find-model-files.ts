import { ModelError } from '../../errors.js'
import { parseEncoderConfig } from '../../graph/architectures/encoder-config.js'
import { type Architecture, CALIBRATION_FILE, CHECKPOINT_FILE, DENSE_FILES } from '../../onnx/manifest.js'
import type { KnownModel } from '../../onnx/model-registry.js'
import type { ModelDescription } from './model-description.js'
import { hasFile, type ModelFolder } from './model-folder.js'

/** Where models are exported to, the most exact first. */
const GRAPH_FILES = [
  'model.onnx',
  'model_optimized.onnx',
  'model_fp16.onnx',
  'model_quantized.onnx',
  'model_int8.onnx',
].flatMap((name) => [name, `onnx/${name}`])

export const TOKENIZER_CONFIG_FILE = 'tokenizer_config.json'

/** Files that say how a model is run; those that are there are kept with it. */
export const OPTIONAL_FILES = [
  'config.json',
  'special_tokens_map.json',
  'artifact.metadata',
  CALIBRATION_FILE,
  'config_sentence_transformers.json',
  'sentence_bert_config.json',
  'modules.json',
  '1_Pooling/config.json',
  // sentence-transformers numbers the folders of its modules; the transformer itself is in none
  ...[1, 2, 3, 4].flatMap((module) => DENSE_FILES.map((file) => `${module}_Dense/${file}`)),
]

/** Files beside the network without which an architecture computes nothing. */
const ARCHITECTURE_FILES: Partial<Readonly<Record<Architecture, readonly string[]>>> = {
  'idf-splade': ['idf.json'],
  bm42: ['stopwords.txt'],
  minicoil: ['minicoil.triplet.model.npy', 'minicoil.triplet.model.vocab', 'stopwords.txt'],
}

/**
 * The file that is run: the one that was named, else FastEmbed's, else a checkpoint that a graph can be built of, else an ONNX file. Null
 * for a model without one.
 * @param folder with the model's config.json
 * @param source of the files, of which that folder may have the small ones alone
 * @throws ModelError `MODEL_FILE_MISSING`
 */
export async function findNetwork(
  folder: Pick<ModelFolder, 'config'>,
  source: FileSource,
  architecture: Architecture,
  known: KnownModel | undefined,
  { network }: Pick<ModelDescription, 'network'>,
): Promise<string | null> {
  if (architecture === 'bm25') return null
  if (network !== undefined) {
    if (await source.has(network)) return network
    throw missing(source, network)
  }
  const checkpoints = architecture === 'static' || isBuildable(folder) ? [CHECKPOINT_FILE] : []
  const candidates = [...(known === undefined ? [] : [known.network]), ...checkpoints, ...GRAPH_FILES]
  for (const candidate of candidates) if (await source.has(candidate)) return candidate
  // what keeps the checkpoint from being built says more than what is missing beside it
  if (checkpoints.length === 0 && (await source.has(CHECKPOINT_FILE))) parseEncoderConfig(folder.config ?? {})
  throw missing(source, `${candidates.join(', ')} (a checkpoint only of a known architecture, with its config.json)`)
}

/** Every file that a model needs, relative to its folder; they must be there. @throws ModelError `MODEL_FILE_MISSING` */
export async function findModelFiles(
  folder: ModelFolder,
  architecture: Architecture,
  network: string | null,
  known: KnownModel | undefined,
): Promise<string[]> {
  // what an import writes counts as there, and is none of the folder's own files
  const isWritten = (path: string) => folder.lacksTokenizerConfig && path === TOKENIZER_CONFIG_FILE
  const has = (path: string) => isWritten(path) || hasFile(folder, path)
  const paths = await selectModelFiles({ path: folder.path, has }, architecture, network, known)
  return paths.filter((path) => !isWritten(path))
}

/** Where a model's files are published: a folder, a repository. */
export interface FileSource {
  /** For messages. */
  readonly path: string
  /** @param path relative, with forward slashes */
  has(path: string): boolean | Promise<boolean>
}

/** Of the files of a source, those that a model needs, sorted. @throws ModelError `MODEL_FILE_MISSING` */
export async function selectModelFiles(
  source: FileSource,
  architecture: Architecture,
  network: string | null,
  known: KnownModel | undefined,
): Promise<string[]> {
  const needed: string[] = []
  const isFastEmbeds = known !== undefined && (network === null || network === known.network)
  if (network !== null) needed.push(network, 'tokenizer.json', TOKENIZER_CONFIG_FILE)
  // what stands beside a checkpoint is nothing to an ONNX file
  const isOther = known?.network === CHECKPOINT_FILE && network !== known.network
  const wanted = isFastEmbeds
    ? known.additionalFiles
    : (isOther ? [] : (known?.additionalFiles ?? [])).filter((path) => !isWeights(path))
  if (architecture !== 'bm25') needed.push(...new Set([...wanted, ...(ARCHITECTURE_FILES[architecture] ?? [])]))
  for (const path of needed) if (!(await source.has(path))) throw missing(source, path)
  const optional = [...OPTIONAL_FILES, ...(network === null ? [] : [`${network}_data`, `${network}.data`])]
  if (architecture === 'bm25') optional.push(...wanted)
  for (const path of optional) if (!needed.includes(path) && (await source.has(path))) needed.push(path)
  return needed.sort()
}

/** Weights beside an ONNX file belong to that file only. */
function isWeights(path: string): boolean {
  return path.endsWith('_data') || path.endsWith('.data')
}

function isBuildable({ config }: Pick<ModelFolder, 'config'>): boolean {
  try {
    parseEncoderConfig(config ?? {})
    return true
  } catch {
    return false
  }
}

function missing({ path }: { readonly path: string }, expected: string): ModelError {
  return new ModelError(
    'MODEL_FILE_MISSING',
    `${path}: expected ${expected}, found none. Put the model's published files there.`,
  )
}
