import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ModelError, optionError } from '../../errors.js'
import { maxPositionsOf } from '../../graph/architectures/bert-config.js'
import { BUILDABLE_FAMILIES, parseEncoderConfig } from '../../graph/architectures/encoder-config.js'
import { COLBERT_WEIGHT } from '../../graph/colbert-head.js'
import { readDenseLayer } from '../../graph/read-dense-layer.js'
import { openCheckpoint } from '../../graph/safetensors.js'
import { placeLinkedNetwork } from '../../onnx/linked-network.js'
import {
  type Architecture,
  architectureOf,
  CHECKPOINT_FILE,
  type ModelEntry,
  type ModelKind,
} from '../../onnx/manifest.js'
import { fastEmbedModels, findKnownModel, type KnownModel } from '../../onnx/model-registry.js'
import { OnnxSession } from '../../onnx/session.js'
import { hashFile } from '../../onnx/verified-files.js'
import { given, type JsonObject, shown } from '../../options.js'
import { readTokenizerFiles, vocabularySizeOf } from '../../tokenizers/tokenizer-files.js'
import { STATIC_MAX_TOKENS } from '../dense/static.js'
import { type ColbertMetadata, parseColbertMetadata } from '../late/colbert-metadata.js'
import { quantizesWholeBatch } from '../network/quantizes-whole-batch.js'
import { formOf } from './embedding-form.js'
import { findModelFiles, findNetwork } from './find-model-files.js'
import { type ModelDescription, modelKindOf, requireDescription } from './model-description.js'
import { hasFile, type ModelFolder, readModelFolder } from './model-folder.js'
import { requirePublishedSums } from './published-sums.js'
import { isPylate, pylateSettings } from './pylate-settings.js'
import { requireSameModel } from './require-same-model.js'

/**
 * The manifest entry of a model that lies in a folder: what somebody states of it comes first, then what FastEmbed knows of a model of
 * that name, then what its files say (config.json, tokenizer_config.json, sentence-transformers' modules, pooling and prompts, ColBERT's artifact.metadata).
 * Every file is hashed.
 * @param path folder of the model's files, FastEmbed's or published ones
 * @param folder the folder as the entry will have it, relative to a models folder
 * @throws InputError `UNKNOWN_OPTION`, `INVALID_OPTION`
 * @throws ModelError `MODEL_FILE_MISSING`, `MODEL_FILE_CORRUPT`, `MODEL_UNRECOGNISED`, `SESSION_FAILED`; `MODEL_MISMATCH` if the files are
 *   not those of the model that is known by the name, or not as was stated
 */
export async function describeModel(path: string, folder: string, description: ModelDescription): Promise<ModelEntry> {
  requireDescription(description)
  const files = await readModelFolder(path)
  const known = findKnownModel(description.name)
  const { kind, architecture } = recognize(files, known, description)
  const source = { path, has: (file: string) => hasFile(files, file) }
  const network = await findNetwork(files, source, architecture, known, description)
  const paths = await findModelFiles(files, architecture, network, known)
  const isGraph = network?.endsWith('.onnx') === true
  const form = await formOf(files, known, description, { kind, architecture, isGraph })
  const output = description.output ?? (isGraph ? known?.output : undefined)
  const artifact = files.artifact && parseColbertMetadata(files.artifact, join(path, 'artifact.metadata'))
  // FastEmbed's classes know nothing of what the files say
  const isFastEmbeds = known !== undefined && fastEmbedModels().some(({ name }) => name === known.name)
  const settings =
    description.settings ?? known?.settings ?? (isFastEmbeds ? undefined : settingsOf(artifact, files, architecture))
  const hashed = await Promise.all(
    paths.map(async (file) => ({
      path: file,
      sizeBytes: (await stat(join(path, file))).size,
      sha256: await hashFile(join(path, file)),
    })),
  )
  const entry: ModelEntry = {
    name: known?.name ?? description.name,
    kind,
    architecture,
    folder,
    ...given({ network: network ?? undefined, output }),
    ...(isGraph && (await quantizesWholeBatch(join(path, network))) && { runsAlone: true }),
    dimension: null,
    maxTokens: maxTokensOf(files, { kind, architecture }, isGraph, known, description, artifact),
    ...form,
    ...given({ queryModel: description.queryModel, settings }),
    licence: description.licence ?? known?.licence ?? 'not stated',
    source: description.source ?? known?.sources.hf ?? known?.sources.url ?? 'imported from a folder',
    revision:
      description.revision ??
      `sha256 ${(hashed.find((file) => file.path === network) ?? hashed[0]!).sha256.slice(0, 12)}`,
    files: hashed,
  }
  const measured = await measureDimension(files, entry)
  const rows = files.config?.vocab_size
  const facts = {
    kind: kindByFiles(files)?.kind,
    dimension: measured,
    tokens:
      network === null
        ? undefined
        : vocabularySizeOf(await readTokenizerFiles(path, files.tokenizerConfig ?? undefined)),
    embeddings: typeof rows === 'number' ? rows : undefined,
  }
  requireSameModel(path, entry, facts, known, description)
  const unchecked = known === undefined ? [] : requirePublishedSums(path, known, hashed)
  const identified = unchecked.length > 0 ? { ...entry, unchecked } : entry
  if (kind === 'sparse' || kind === 'reranker') return identified
  const stated = description.dimension ?? known?.dimension
  return { ...identified, dimension: stated ?? measured ?? dimensionByFiles(entry, files, artifact) }
}

function settingsOf(
  artifact: ColbertMetadata | null,
  files: ModelFolder,
  architecture: Architecture,
): ModelEntry['settings'] {
  if (architecture === 'idf-splade') return idfSpladeSettings(files)
  if (artifact !== null) return { ...artifact.settings }
  return isPylate(files) ? pylateSettings(files) : undefined
}

/** What a model gives and how it computes, by its description, its name or its files. */
export function recognize(
  files: ModelFolder,
  known: KnownModel | undefined,
  description: Pick<ModelDescription, 'kind' | 'architecture'>,
): { kind: ModelKind; architecture: Architecture } {
  const byArchitecture = description.architecture && modelKindOf(description.architecture)
  const stated = description.kind ?? byArchitecture ?? known?.kind
  if (stated !== undefined) {
    const alike = [known, kindByFiles(files)].find((found) => found?.kind === stated)
    return { kind: stated, architecture: description.architecture ?? alike?.architecture ?? defaultOf(stated) }
  }
  return kindByFiles(files) ?? { kind: 'dense', architecture: 'transformer' }
}

/** What a model's files say that it is, where they do. */
function kindByFiles(files: ModelFolder): { kind: ModelKind; architecture: Architecture } | undefined {
  const { config, artifact } = files
  const network = Array.isArray(config?.architectures) ? String(config.architectures[0]) : ''
  if (artifact !== null || network === 'HF_ColBERT' || isPylate(files)) return { kind: 'late', architecture: 'colbert' }
  if (network.endsWith('ForSequenceClassification')) return { kind: 'reranker', architecture: 'cross-encoder' }
  if (config?.model_type === 'model2vec' || network === 'StaticModel') return { kind: 'dense', architecture: 'static' }
  return undefined
}

function defaultOf(kind: ModelKind): Architecture {
  return kind === 'late' ? 'colbert' : kind === 'sparse' ? 'splade' : architectureOf({ kind })
}

/**
 * Where texts are cut: FastEmbed takes the smaller of two fields of tokenizer_config.json; of a published checkpoint sentence-transformers'
 * own limit comes first, of a ColBERT that FastEmbed does not know its own. A ColBERT's marker counts; PyLate's tokenizers leave it out.
 */
function maxTokensOf(
  { config, tokenizerConfig, sentenceBertConfig, sentenceConfig }: ModelFolder,
  { kind, architecture }: Pick<ModelEntry, 'kind' | 'architecture'>,
  isGraph: boolean,
  known: KnownModel | undefined,
  description: ModelDescription,
  artifact: ColbertMetadata | null,
): number | null {
  if (description.maxTokens !== undefined) return description.maxTokens
  if (architecture === 'static') return STATIC_MAX_TOKENS
  const limit = (object: JsonObject | null, file: string, key: string): number | undefined => {
    const value = object?.[key] ?? undefined
    if (value === undefined) return undefined
    // what has no limit says so by a number past all others
    if (typeof value === 'number' && value > 0 && (Number.isSafeInteger(value) || value > 2 ** 53)) {
      return Number.isSafeInteger(value) ? value : undefined
    }
    throw new ModelError(
      'MODEL_FILE_CORRUPT',
      `${file}: expected ${key} as a whole number from 1, got ${shown(value)}.`,
    )
  }
  const fields = ['model_max_length', 'max_length'].map((key) => limit(tokenizerConfig, 'tokenizer_config.json', key))
  const tokenizer = fields.reduce((a, b) => (a === undefined ? b : b === undefined ? a : Math.min(a, b)))
  const published = isGraph ? undefined : limit(sentenceBertConfig, 'sentence_bert_config.json', 'max_seq_length')
  const leavesMarkerOut = kind === 'late' && tokenizer !== undefined && known?.maxTokens === tokenizer + 1
  const ofFiles =
    artifact?.documentTokens ?? limit(sentenceConfig, 'config_sentence_transformers.json', 'document_length')
  const late = leavesMarkerOut ? known.maxTokens : known === undefined && kind === 'late' ? ofFiles : undefined
  const stated = late ?? published ?? tokenizer ?? known?.maxTokens ?? null
  const positions = config === null ? null : positionsOf(config, isGraph)
  return stated === null ? positions : positions === null ? stated : Math.min(stated, positions)
}

/** Tokens that a text can have: as the graph is built for a checkpoint, else as config.json says in general. */
function positionsOf(config: JsonObject, isGraph: boolean): number | null {
  const isBuilt = !isGraph && BUILDABLE_FAMILIES.includes(String(config.model_type))
  return isBuilt ? parseEncoderConfig(config).maxPositions : maxPositionsOf(config)
}

/** Floats per vector, or per row of a multivector, that a model's network gives; undefined where its file does not say, and for other kinds. */
async function measureDimension({ path, config }: ModelFolder, entry: ModelEntry): Promise<number | undefined> {
  if (entry.kind === 'sparse' || entry.kind === 'reranker') return undefined
  const network = join(path, entry.network ?? CHECKPOINT_FILE)
  if (network.endsWith('.onnx')) {
    return outputSize(await placeLinkedNetwork({ entry, folder: path }, entry.network!), entry.output ?? 0)
  }
  const last = entry.steps?.findLast((step) => step !== 'normalize')
  if (last !== undefined) return (await readDenseLayer(join(path, last))).weight.shape[0]
  const { tensors } = await openCheckpoint(network)
  if (entry.architecture === 'colbert') return tensors.get(COLBERT_WEIGHT)?.shape[0]
  if (entry.architecture === 'static') return tensors.get('embeddings')?.shape[1]
  const hidden = config?.hidden_size ?? config?.dim ?? config?.n_embd
  return typeof hidden === 'number' ? hidden : undefined
}

/** @throws ModelError `MODEL_UNRECOGNISED` if nothing says how long a vector is */
function dimensionByFiles(
  { kind, name }: ModelEntry,
  { path, config }: ModelFolder,
  artifact: ColbertMetadata | null,
): number {
  const candidates = kind === 'late' ? [artifact?.dimension] : [config?.hidden_size, config?.dim]
  const found = candidates.find((value): value is number => Number.isSafeInteger(value) && (value as number) > 0)
  if (found !== undefined) return found
  throw new ModelError(
    'MODEL_UNRECOGNISED',
    `Nothing in ${path} says how long a vector of ${name} is: state the dimension.`,
  )
}

/** The fixed size of the last axis of an ONNX file's output, where it has one. */
async function outputSize(path: string, output: string | number): Promise<number | undefined> {
  const session = await OnnxSession.open(path, 1)
  const found =
    typeof output === 'number' ? session.outputs[output] : session.outputs.find(({ name }) => name === output)
  const names = session.outputs.map(({ name }) => name).join(', ')
  await session.release()
  if (found === undefined) {
    throw optionError(`output: expected one of ${names}, got ${shown(output)}.`)
  }
  const size = found.shape.at(-1)
  return typeof size === 'number' ? size : undefined
}

/** How an inference-free SPLADE model that nobody knows saturates, where sentence-transformers wrote it down. */
function idfSpladeSettings({ path, spladePooling }: ModelFolder): ModelEntry['settings'] {
  const activation = spladePooling?.activation_function
  if (activation === undefined) return undefined
  const saturation = { relu: 'once', log1p_relu: 'twice' }[String(activation)]
  if (saturation !== undefined) return { saturation }
  throw new ModelError(
    'MODEL_UNRECOGNISED',
    `${path}: 1_SpladePooling/config.json: expected activation_function "relu" or "log1p_relu", got ${shown(activation)}.`,
  )
}
