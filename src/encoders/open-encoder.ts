import { InputError, optionError } from '../errors.js'
import { addCustomModels, isCustomModel } from '../onnx/custom-models.js'
import { architectureOf, type ModelEntry } from '../onnx/manifest.js'
import { type FoundModel, findModel, openModel } from '../onnx/model-files.js'
import { AsymmetricEncoder } from './asymmetric-encoder.js'
import { Bm25Encoder } from './bm25/bm25.js'
import type { Bm25Options } from './bm25/bm25-options.js'
import { TransformerEncoder } from './dense/transformer.js'
import type { TransformerEncoderOptions } from './dense/transformer-options.js'
import type { EncodedBatch, Encoder } from './encoder.js'
import { poolDocuments, requirePoolFactor } from './late/token-pooling.js'
import { withModelPrompts } from './model-prompts.js'
import { notSuitable } from './network/not-suitable.js'
import { requireFinite } from './require-finite.js'
import type { Bm42Options } from './sparse/bm42.js'
import type { MinicoilOptions } from './sparse/minicoil.js'
import type { OpenSparseReader } from './sparse/sparse-network.js'

/** What to compute for each text, in plain data that can cross a thread: the same spec gives the same vectors anywhere. */
export interface EncoderSpec extends TransformerEncoderOptions {
  /** Name of a sparse model. */
  readonly sparse?: string
  /** Neighbouring rows of a document's multivector that become one, 1 … 16; queries keep all of theirs. @default 1 */
  readonly poolFactor?: number
  readonly bm25?: Bm25Options
  readonly bm42?: Bm42Options
  readonly minicoil?: MinicoilOptions
  /** Models that stand in no manifest, added with `addCustomModel`; a thread knows them by its spec alone. */
  readonly custom?: readonly FoundModel[]
}

/**
 * Opens the encoder of a spec in this thread.
 * @throws InputError `UNKNOWN_MODEL`, `INVALID_OPTION`, `MODEL_NOT_SUITABLE`; ModelError `MODEL_FILE_MISSING`, `MODEL_FILE_CORRUPT`
 */
export async function openEncoder(spec: EncoderSpec): Promise<Encoder> {
  if (spec.custom !== undefined) addCustomModels(spec.custom)
  requirePoolFactor(spec)
  const ofQueries = await querySpec(spec)
  if (ofQueries === null) return openSymmetric(spec)
  return new AsymmetricEncoder({ document: () => openSymmetric(spec), query: () => openSymmetric(ofQueries) })
}

/**
 * The spec of queries, where a model leaves them to another; null where none does.
 * @throws InputError `UNKNOWN_MODEL`, `MODEL_NOT_SUITABLE` if their vectors are not of one kind and size
 */
async function querySpec(spec: EncoderSpec): Promise<EncoderSpec | null> {
  const where = { modelsFolder: spec.modelsFolder }
  // a task is of documents
  const { task: _, ...query }: { -readonly [K in keyof EncoderSpec]: EncoderSpec[K] } = spec
  let isOther = false
  for (const kind of ['dense', 'sparse', 'late'] as const) {
    const { entry } = spec[kind] === undefined ? {} : await findModel(spec[kind], where)
    if (entry?.queryModel === undefined) continue
    const { entry: other } = await findModel(entry.queryModel, where)
    if (other.kind !== entry.kind || other.dimension !== entry.dimension) {
      const [wanted, found] = [entry, other].map(
        ({ kind, dimension }) => `${kind} vectors${dimension === null ? '' : ` of ${dimension} numbers`}`,
      )
      throw new InputError(
        'MODEL_NOT_SUITABLE',
        `${other.name} gives ${found}; queries for ${entry.name} need ${wanted}. Choose one that was trained for its space.`,
      )
    }
    query[kind] = other.name
    if (query.maxTokens !== undefined && other.maxTokens !== null)
      query.maxTokens = Math.min(query.maxTokens, other.maxTokens)
    isOther = true
  }
  return isOther ? query : null
}

async function openSymmetric(spec: EncoderSpec): Promise<Encoder> {
  const parts: Encoder[] = []
  try {
    await openParts(spec, parts)
  } catch (error) {
    for (const part of parts) await part.close()
    throw error
  }
  if (parts.length === 0) {
    throw optionError('An encoder needs at least one of a dense, a sparse or a late-interaction model.')
  }
  const { poolFactor = 1 } = spec
  const name = [spec.dense, spec.sparse, spec.late].filter(Boolean).join(' and ')
  return {
    encode: async (texts, side, options) => {
      const batches: EncodedBatch[] = []
      for (const part of parts) batches.push(await part.encode(texts, side, options))
      const batch = poolDocuments(combineBatches(batches), side, poolFactor)
      for (const made of [batch.dense, batch.sparse, batch.late]) if (made) requireFinite(made.values, name)
      return batch
    },
    close: async () => {
      for (const part of parts) await part.close()
    },
  }
}

/** What several encoders made of the same texts; tokens are those of the first, what was cut off is what the one that cut most left out. */
function combineBatches(batches: readonly EncodedBatch[]): EncodedBatch {
  if (batches.length === 1) return batches[0]!
  const { tokens } = batches[0]!
  const cutTokens = tokens.map((_, i) => Math.max(...batches.map((batch) => batch.cutTokens[i]!)))
  return Object.assign({}, ...batches, { tokens, cutTokens })
}

/** Opens an encoder for each model of a spec; a projection shares the forward pass of the dense model. */
async function openParts(spec: EncoderSpec, parts: Encoder[]): Promise<void> {
  const { dense, sparse, late, bm25: _1, bm42: _2, minicoil: _3, poolFactor: _4, custom: _5, ...options } = spec
  const entryOf = async (name: string | undefined) =>
    name === undefined ? undefined : (await findModel(name, { modelsFolder: spec.modelsFolder })).entry
  const [denseEntry, sparseEntry, lateEntry] = [await entryOf(dense), await entryOf(sparse), await entryOf(late)]
  const isShared = denseEntry !== undefined && isSameModel(lateEntry?.base, denseEntry.name)

  if (denseEntry !== undefined && architectureOf(denseEntry) === 'static') {
    const { StaticEncoder } = await import('./dense/static.js')
    parts.push(await StaticEncoder.open({ ...options, dense: denseEntry.name }))
  } else if (denseEntry !== undefined) {
    parts.push(await TransformerEncoder.open({ ...options, dense, ...(isShared && { late }) }))
  }
  if (lateEntry !== undefined && !isShared) parts.push(await openLate(lateEntry, options))
  if (sparseEntry !== undefined) parts.push(await openSparse(sparseEntry, spec))
}

function isSameModel(a: string | undefined, b: string): boolean {
  return a?.toLowerCase() === b.toLowerCase()
}

/** @throws InputError `MODEL_NOT_SUITABLE` */
async function openLate(entry: ModelEntry, options: EncoderSpec): Promise<Encoder> {
  const { precision, maxTokens, threads, modelsFolder } = options
  switch (architectureOf(entry)) {
    case 'projection':
      return TransformerEncoder.open({ late: entry.name, precision, maxTokens, threads, modelsFolder })
    case 'colbert': {
      const { ColbertEncoder } = await import('./late/colbert.js')
      return ColbertEncoder.open({ model: entry.name, precision, maxTokens, threads, modelsFolder })
    }
    default:
      throw notSuitable(entry, 'multivectors')
  }
}

/** @throws InputError `MODEL_NOT_SUITABLE` */
async function openSparse(entry: ModelEntry, spec: EncoderSpec): Promise<Encoder> {
  if (architectureOf(entry) === 'bm25') return Bm25Encoder.open({ model: entry.name, ...spec.bm25 }, spec.modelsFolder)
  const openReader = await loadReader(entry, spec)
  const { SparseNetworkEncoder } = await import('./sparse/sparse-network.js')
  return SparseNetworkEncoder.open(await openModel(entry.name, { modelsFolder: spec.modelsFolder }), spec, openReader)
}

/** What reads sparse vectors out of a network's outputs. */
async function loadReader(entry: ModelEntry, { bm42, minicoil }: EncoderSpec): Promise<OpenSparseReader> {
  switch (architectureOf(entry)) {
    case 'splade':
      return (await import('./sparse/splade.js')).openSpladeReader
    case 'idf-splade':
      return (await import('./sparse/idf-splade.js')).openIdfSpladeReader
    case 'bm42': {
      const { openBm42Reader } = await import('./sparse/bm42.js')
      return (...opened) => openBm42Reader(...opened, bm42)
    }
    case 'minicoil': {
      const { openMinicoilReader } = await import('./sparse/minicoil.js')
      return (...opened) => openMinicoilReader(...opened, minicoil)
    }
    default:
      throw notSuitable(entry, 'sparse vectors')
  }
}

/**
 * The spec of one model by its name, whatever its kind; a dense model has its own prompts unless the options say otherwise.
 * @throws InputError `UNKNOWN_MODEL`
 */
export async function specForModel(
  name: string,
  options: Omit<EncoderSpec, 'dense' | 'sparse' | 'late'> = {},
): Promise<EncoderSpec> {
  const model = await findModel(name, { modelsFolder: options.modelsFolder })
  const { entry } = model
  if (entry.kind === 'reranker') throw notSuitable(entry, 'vectors')
  const { queryModel } = entry
  const models = [
    model,
    ...(queryModel === undefined ? [] : [await findModel(queryModel, { modelsFolder: options.modelsFolder })]),
  ]
  const custom = models.filter((each) => isCustomModel(each.entry.name))
  return withModelPrompts({ ...options, [entry.kind]: entry.name, ...(custom.length > 0 && { custom }) })
}
