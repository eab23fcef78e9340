import { resolve } from 'node:path'
import type { Document } from '../document.js'
import { inLists } from '../embeddings/in-lists.js'
import { DEFAULT_MODELS } from '../encoders/default-models.js'
import type { EncoderSpec } from '../encoders/open-encoder.js'
import type { Prefixes } from '../encoders/prefixes.js'
import { optionError } from '../errors.js'
import { givenDocument } from '../inputs/given-document.js'
import { BATCH_RECORDS } from '../inputs/input-record.js'
import {
  checkMapping,
  type DocumentMapping,
  describeMapping,
  FORMAT_NAMES,
  MAPPING_NAMES,
  type RecordFormat,
} from '../inputs/mapping/document-mapping.js'
import { readDocuments } from '../inputs/read-documents.js'
import {
  given,
  invalidOption,
  isIterable,
  rejectUnknownOptions,
  requireChoice,
  requireList,
  requireObject,
} from '../options.js'
import { type ChunkingOptions, DEFAULT_CHUNKING } from '../pipeline/collection/chunking-plan.js'
import { type ListWeights, type Method, planCollection } from '../pipeline/collection/collection-plan.js'
import { tellInputs } from '../pipeline/collection/filled-from.js'
import { keepRecipe } from '../pipeline/collection/keep-recipe.js'
import { checkWeights, storeWeights } from '../pipeline/collection/list-weights.js'
import { METHODS } from '../pipeline/collection/methods.js'
import type { Bm25Words } from '../pipeline/collection/open-collection.js'
import type { Rejection } from '../pipeline/documents/good-documents.js'
import { ingest, NOTHING_KNOWN } from '../pipeline/runs/ingest.js'
import type { IngestProgress, IngestSummary } from '../pipeline/runs/ingest-tally.js'
import { EncoderPool } from '../pool/encoder-pool.js'
import { type CollectionPlace, PLACE_OPTIONS, withCollection } from './collection-place.js'

/** Files, directories and patterns, as for `offgrid ingest`, or documents at hand. */
export type IngestSources = string | readonly string[] | Iterable<Document> | AsyncIterable<Document>

/** What `ingest` can be told. */
export interface IngestSourcesOptions
  extends CollectionPlace,
    DocumentMapping,
    RecordFormat,
    Bm25Words,
    Pick<EncoderSpec, 'precision' | 'maxTokens' | 'modelsFolder'> {
  /** Which vectors are made. @default dense, bm25 and late */
  readonly vectors?: readonly Method[]
  /** Dense model. @default 'sentence-transformers/all-MiniLM-L6-v2' */
  readonly model?: string
  /** Model of the sparse vectors, which stand in the place of bm25. @default 'Qdrant/bm25' */
  readonly sparseModel?: string
  /** What stands before each text: the dense model's own prompts, nothing, or words of one's own. @default 'model' */
  readonly prefixes?: Prefixes
  /** Late-interaction model. @default 'offgrid/all-MiniLM-L6-v2-late' */
  readonly lateModel?: string
  /** Neighbouring rows of a document's multivector that become one, 1 … 16. @default the collection's, else the late model's: 4 for the bundled one in English, except with `chunking: 'none'`; else 1 */
  readonly poolFactor?: number
  /**
   * How documents are cut into chunks of whole sentences, each a point. `none` cuts off what a model does not take, as FastEmbed does.
   * @default `{ maxTokens: 'auto' }`; what a collection that is there already does
   */
  readonly chunking?: ChunkingOptions | 'none'
  /** How much each list counts in searches of the collection that say nothing of it: written into its metadata. @default what is there */
  readonly weights?: ListWeights
  /** Worker threads, 1 … 512. @default the usable cores */
  readonly workers?: number
  /** Called for each document that is left out. */
  readonly onRejected?: (rejection: Rejection) => void
  /** Called when batches are stored, and waited for. */
  readonly onProgress?: (progress: IngestProgress) => void | Promise<void>
  /** Once aborted, nothing more is begun, what is under way is stored, and `interrupted` is true. */
  readonly signal?: AbortSignal
}

const SPEC_OPTIONS = ['precision', 'maxTokens', 'poolFactor', 'modelsFolder', 'prefixes'] as const
const READING_OPTIONS = [...MAPPING_NAMES, ...FORMAT_NAMES] as const
const INGEST_OPTIONS = [
  ...PLACE_OPTIONS,
  ...READING_OPTIONS,
  ...SPEC_OPTIONS,
  ...([
    'language',
    'segmenter',
    'vectors',
    'model',
    'lateModel',
    'sparseModel',
    'chunking',
    'workers',
    'weights',
  ] as const),
  ...(['onRejected', 'onProgress', 'signal'] as const),
]

/**
 * Embeds documents and stores them, as `offgrid ingest` does, in bounded memory. The same call again continues where it stopped: what is
 * stored as it would be now is left as it is. Store and threads are opened, and closed again.
 *
 * There is no journal, but the collection's metadata name the sources: `offgrid ingest --prune` of other ones into the same collection is refused.
 *
 * A document that cannot be read, encoded or stored is rejected ({@link IngestSourcesOptions.onRejected}) and the others go on.
 * @param sources a file or several, or documents; of documents id and payload are stored beside the text
 * @throws InputError `INPUT_NOT_FOUND`, `UNKNOWN_OPTION`, `INVALID_OPTION`, `UNKNOWN_MODEL`, `COLLECTION_MISMATCH`, …
 * @throws StoreError `STORE_LOCKED`, `STORE_UNREACHABLE`, …; ModelError if a model's files are wrong. What was stored before stays stored.
 * @example
 * const { points, failed } = await ingest('corpus.jsonl', { store: 'my-store', vectors: ['dense', 'bm25'] })
 * await ingest([{ id: 7, text: 'Gout hurts.', payload: { specialty: 'rheumatology' } }], { store: 'my-store' })
 */
export async function ingestSources(
  sources: IngestSources,
  options: IngestSourcesOptions = {},
): Promise<IngestSummary> {
  rejectUnknownOptions(options, INGEST_OPTIONS, 'ingest')
  const { vectors = METHODS, chunking, workers, weights, text, id: idField, onRejected, onProgress, signal } = options
  for (const method of requireList('ingest', 'vectors', vectors)) requireChoice('ingest', 'vectors', method, METHODS)
  if (vectors.length === 0) throw invalidOption('ingest', 'vectors', 'one or more of dense, bm25 and late', vectors)
  if (weights !== undefined) checkWeights('ingest', weights)
  if (chunking !== undefined && chunking !== 'none') requireObject('ingest', 'chunking', chunking)
  const files = filesOf(sources)
  const mapping = pick(options, READING_OPTIONS)
  checkMapping('ingest', mapping)
  if (files === null && Object.keys(mapping).length > 0) {
    throw optionError(
      `ingest: expected no ${Object.keys(mapping).join(' and no ')} with documents at hand: these say how files are read.`,
    )
  }
  const wanted = await planCollection(specOf(options, vectors), {
    idField,
    chunking: chunking === 'none' ? undefined : (chunking ?? DEFAULT_CHUNKING),
    ...(files !== null && { mapping: describeMapping(mapping) }),
  })
  return withCollection('ingest', options, 'write', async (store, collection) => {
    const isNew = (await store.describeCollection(collection)) === null
    const records =
      files === null
        ? inLists(sources as Iterable<Document>, BATCH_RECORDS, givenDocument)
        : readDocuments(files, { ...mapping, requireFields: isNew || 'text' })
    await using pool = await EncoderPool.create(given({ workers }))
    const isCut = chunking !== undefined && chunking !== 'none'
    const said = {
      chunks: chunking !== undefined,
      documents: isCut && chunking.documents !== undefined,
      rows: options.poolFactor !== undefined,
    }
    const plan = await keepRecipe({ store, collection, plan: wanted }, said)
    const opened = { store, collection, plan, encoder: pool.encoder(plan.spec) }
    const inputs = files?.map((file) => resolve(file)) ?? ['documents that a program gave']
    const onBegin = async () => {
      await tellInputs(store, collection, inputs)
      return NOTHING_KNOWN
    }
    const summary = await ingest(records, opened, {
      onBegin,
      textField: text,
      ...given({ onRejected, onProgress, signal }),
    })
    if (weights !== undefined && !summary.interrupted) await storeWeights({ store, collection }, weights)
    return summary
  })
}

/** Null where the sources are documents. */
function filesOf(sources: IngestSources): readonly string[] | null {
  if (typeof sources === 'string') return [sources]
  if (Array.isArray(sources) && sources.length > 0 && sources.every((each) => typeof each === 'string')) return sources
  if (isIterable(sources)) return null
  throw optionError('ingest: expected the path of a file, several, or a list or stream of documents.')
}

function specOf(options: IngestSourcesOptions, vectors: readonly Method[]): EncoderSpec {
  const { model = DEFAULT_MODELS.dense, lateModel = DEFAULT_MODELS.late, sparseModel = DEFAULT_MODELS.bm25 } = options
  const words = pick(options, ['language', 'segmenter'])
  return {
    ...(vectors.includes('dense') && { dense: model }),
    ...(vectors.includes('bm25') && { sparse: sparseModel }),
    ...(vectors.includes('late') && { late: lateModel }),
    precision: 'fp32',
    ...pick(options, SPEC_OPTIONS),
    ...(vectors.includes('bm25') && Object.keys(words).length > 0 && { bm25: words }),
  } as EncoderSpec
}

/** The options of these names that were given. */
function pick<T extends object, K extends keyof T>(options: T, names: readonly K[]): Pick<T, K> {
  return Object.fromEntries(
    names.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  ) as Pick<T, K>
}
