import { usualPoolFactor } from '../../encoders/late/token-pooling.js'
import { withModelPrompts } from '../../encoders/model-prompts.js'
import { type IntegerProducts, integerProductsOf } from '../../encoders/network/integer-products.js'
import { requirePrecision } from '../../encoders/network/network.js'
import { notSuitable } from '../../encoders/network/not-suitable.js'
import type { EncoderSpec } from '../../encoders/open-encoder.js'
import { type ModelKind, requiresIdf } from '../../onnx/manifest.js'
import { modelChecksum } from '../../onnx/model-checksum.js'
import { openModel } from '../../onnx/model-files.js'
import { given, isObject } from '../../options.js'
import { METADATA_KEY, recordedBm25 } from '../../stores/collection-metadata.js'
import type { CollectionConfig, CollectionDescription } from '../../stores/store.js'
import { type ChunkingOptions, type ChunkingPlan, planChunking } from './chunking-plan.js'
import { type CollectionDeclaration, collectionSettings } from './collection-declaration.js'
import { describeDifferences } from './describe-differences.js'
import type { LayoutName } from './layout.js'
import { withOption } from './recipe-options.js'
import { settingsOfNames, type VectorNames, vectorNames } from './vector-naming.js'

/** A way to search, and the vectors that it needs. */
export type Method = 'dense' | 'bm25' | 'late'

/** How much each list counts in a fusion, from 0; 1 where nothing is said. */
export type ListWeights = { readonly [method in Method]?: number | undefined }

/** Which models give the vectors of a method. */
const GIVEN_BY = {
  dense: { kind: 'dense', vectors: 'dense vectors' },
  bm25: { kind: 'sparse', vectors: 'sparse vectors' },
  late: { kind: 'late', vectors: 'multivectors' },
} as const satisfies Readonly<Record<Method, { readonly kind: ModelKind; readonly vectors: string }>>

/** The vectors of a method in a collection: their names, their model and what the model's files were. */
export interface PlannedVector extends VectorNames {
  readonly model: string
  /** The model that encodes queries, where it is another. */
  readonly queryModel?: string
  /** SHA-256 over the sums of the files of both. */
  readonly checksum: string
  readonly dimension: number | null
  /** Of a sparse vector whose weights are whole: the store adds no IDF. */
  readonly modifier?: 'none'
}

export interface CollectionPlan {
  readonly vectors: Partial<Readonly<Record<Method, PlannedVector>>>
  readonly spec: EncoderSpec
  /** Field of the input that holds a document's id, where the user named one. */
  readonly idField: string | null
  /** How documents are cut into chunks, each a point; null where a document is a point. */
  readonly chunking: ChunkingPlan | null
  /** How files become documents: text, template, format options; undefined where documents were not read from files. */
  readonly mapping?: Readonly<Record<string, unknown>> | undefined
  /** What the collection is to be beside its vectors. @default the store's own settings */
  readonly declared?: CollectionDeclaration
  /** The program whose names of vectors and payload fields the collection has. @default offgrid's own */
  readonly layout?: LayoutName | undefined
  /** How much each list counts in a search that says nothing of it, where the collection knows that; no vector depends on them. */
  readonly weights?: ListWeights | undefined
  /** How this processor adds 8-bit products, where that decides about the vectors of a model. */
  readonly integerProducts?: IntegerProducts
}

export interface CollectionPlanOptions {
  /** Field of the input that holds a document's id. @default the first present of id, _id, qa_id */
  readonly idField?: string | undefined
  readonly chunking?: ChunkingOptions | undefined
  /** How files become documents, see `describeMapping`. */
  readonly mapping?: Readonly<Record<string, unknown>> | undefined
}

/**
 * What a collection for this encoder looks like; its plan's `spec` is the encoder to be used, with the models' own prompts and pool factor where nothing
 * was said of them.
 * @throws InputError `UNKNOWN_MODEL`, `MODEL_NOT_SUITABLE`, `INVALID_OPTION`; ModelError if a model's files are not what its manifest says
 */
export async function planCollection(
  wanted: EncoderSpec,
  { idField, chunking, mapping }: CollectionPlanOptions = {},
): Promise<CollectionPlan> {
  const spec = await withModelPrompts(wanted)
  const chunks = chunking === undefined ? null : await planChunking(chunking, spec)
  const keepsDocuments = chunks !== null && chunking?.documents !== false
  const vectors: Partial<Record<Method, PlannedVector>> = {}
  const models: readonly [Method, string | undefined][] = [
    ['dense', spec.dense],
    ['bm25', spec.sparse],
    ['late', spec.late],
  ]
  let integerProducts: IntegerProducts | null = null
  let { poolFactor } = spec
  for (const [method, name] of models) {
    if (name === undefined) continue
    const model = await openModel(name, { modelsFolder: spec.modelsFolder })
    const { entry, folder } = model
    integerProducts ??= await integerProductsOf(entry, folder)
    requirePrecision(model, spec.precision)
    if (method === 'late') poolFactor ??= usualPoolFactor(entry, chunks !== null, spec.bm25?.language)
    if (entry.kind !== GIVEN_BY[method].kind) throw notSuitable(entry, GIVEN_BY[method].vectors)
    vectors[method] = {
      ...vectorNames(entry, keepsDocuments),
      model: entry.name,
      ...(entry.queryModel !== undefined && { queryModel: entry.queryModel }),
      checksum: modelChecksum(model),
      dimension: (method === 'dense' ? spec.dimensions : undefined) ?? entry.dimension,
      ...(entry.kind === 'sparse' && !requiresIdf(entry) && { modifier: 'none' }),
    }
  }
  return {
    vectors,
    spec: poolFactor === undefined ? spec : { ...spec, poolFactor },
    idField: idField ?? null,
    ...(mapping !== undefined && { mapping }),
    chunking: chunks,
    ...(integerProducts !== null && { integerProducts }),
  }
}

/** Whether documents have vectors of their own beside those of their chunks. */
export function keepsDocumentVectors({ vectors }: Pick<CollectionPlan, 'vectors'>): boolean {
  return Object.values(vectors).some(({ documentVector }) => documentVector !== undefined)
}

/** Qdrant's collection config of a plan, with what it declares; what made the vectors stands in its metadata. */
export function collectionConfig(plan: CollectionPlan): CollectionConfig {
  const { dense, bm25, late } = plan.vectors
  const { vectors: own = {}, sparse_vectors: ownSparse = {}, ...settings } = collectionSettings(plan.declared)
  const vectors: Record<string, unknown> = {}
  for (const [name, settings] of settingsOfNames(dense, own))
    vectors[name] = { size: dense!.dimension, distance: 'Cosine', ...settings }
  if (late !== undefined) {
    vectors[late.vector] = {
      size: late.dimension,
      distance: 'Cosine',
      multivector_config: { comparator: 'max_sim' },
      // only ever used to rerank: no graph, and half precision loses nothing (docs/adr)
      hnsw_config: { m: 0 },
      datatype: 'float16',
      on_disk: true,
      ...own[late.vector],
    }
  }
  return {
    ...settings,
    vectors,
    ...(bm25 !== undefined && {
      sparse_vectors: Object.fromEntries(
        settingsOfNames(bm25, ownSparse).map(([name, settings]) => [
          name,
          { modifier: bm25.modifier ?? 'idf', ...settings },
        ]),
      ),
    }),
    metadata: { [METADATA_KEY]: fingerprint(plan) },
  } as CollectionConfig
}

/** Options of an encoder that stand in a recipe where they were given: collections that were filled before there was one keep their recipe. */
const OPTIONAL_RECIPE = [
  'bm42',
  'minicoil',
  'poolFactor',
  'pooling',
  'normalize',
  'prefixes',
  'task',
  'dimensions',
] as const satisfies readonly (keyof EncoderSpec)[]

/** The settings of these names that a spec has. */
export function pickDefined<K extends keyof EncoderSpec>(spec: EncoderSpec, keys: readonly K[]): Pick<EncoderSpec, K> {
  return Object.fromEntries(keys.flatMap((key) => (spec[key] === undefined ? [] : [[key, spec[key]]]))) as Pick<
    EncoderSpec,
    K
  >
}

/** What the ids of documents without one are made of; recipes of the time when it was the text alone do not say it. */
const DOCUMENT_IDS = 'text and fields'
/** What older recipes do not say, and those of documents that were not read from files. */
const UNSAID = ['documentIds', 'mapping'] as const

/** Everything that changes a vector or its name: equal fingerprints mean equal vectors for equal texts. */
export function fingerprint(plan: CollectionPlan): Record<string, unknown> {
  const { vectors, idField, chunking, integerProducts, mapping, layout } = plan
  const { poolFactor = 1, ...spec } = plan.spec
  return {
    vectors,
    precision: spec.precision ?? 'fp32',
    maxTokens: spec.maxTokens ?? null,
    bm25: recordedBm25({ vectors, bm25: spec.bm25 ?? null }),
    ...pickDefined(spec, OPTIONAL_RECIPE),
    ...(poolFactor !== 1 && { poolFactor }),
    idField,
    documentIds: DOCUMENT_IDS,
    ...given({ mapping, layout, chunking: chunking ?? undefined, integerProducts }),
  }
}

/** The recipe of a plan as it comes back from a store or a queue. */
export function recipeAsJson(plan: CollectionPlan): Readonly<Record<string, unknown>> {
  return JSON.parse(JSON.stringify(fingerprint(plan))) as Record<string, unknown>
}

/**
 * In what two recipes differ, a line for each leaf. Where one of them does not say how 8-bit products were added or how files became documents,
 * as those that were written before there was such a field, that is no difference.
 * @param sides what the two are called
 */
export function describeRecipeDifferences(
  { integerProducts: found, ...foundRest }: Readonly<Record<string, unknown>>,
  { integerProducts: wanted, ...wantedRest }: Readonly<Record<string, unknown>>,
  sides?: readonly [string, string],
): string[] {
  const isSaid = (field: string) => foundRest[field] !== undefined && wantedRest[field] !== undefined
  const unsaid = Object.fromEntries(UNSAID.flatMap((field) => (isSaid(field) ? [] : [[field, undefined]])))
  const all = describeDifferences({ ...foundRest, ...unsaid }, { ...wantedRest, ...unsaid }, '', sides)
  // names of vectors come with chunks and documents, and are not said again beside these
  const isOfChunks = all.some((line) => line.startsWith('chunking: '))
  const isOfDocuments = isOfChunks || all.some((line) => line.includes('.documentVector: '))
  const isImplied = (line: string) =>
    (isOfChunks && line.includes('.documentVector: ')) || (isOfDocuments && /^vectors\.\w+\.vector: /.test(line))
  const differences = all.filter((line) => !isImplied(line)).map(withOption)
  if (found === undefined || wanted === undefined || found === wanted) return differences
  const why =
    'an ONNX file with 8-bit weights gives other vectors where sums of their products stop at 16 bits (x86 without VNNI); use processors of one kind, or a checkpoint with --precision int8, the same everywhere'
  const [first, second] = sides ?? ['found', 'here']
  return [
    ...differences,
    `integerProducts: ${first} ${JSON.stringify(found)}, ${second} ${JSON.stringify(wanted)} (${why})`,
  ]
}

/** The plan that a collection was filled with, as far as its metadata says; null where they say nothing. */
export function recordedPlan(found: CollectionDescription): CollectionPlan | null {
  const recorded = found.metadata[METADATA_KEY]
  if (!isObject(recorded)) return null
  const {
    vectors,
    precision,
    maxTokens,
    bm25,
    idField,
    chunking = null,
    mapping,
    layout,
  } = recorded as {
    vectors: CollectionPlan['vectors']
    precision: NonNullable<EncoderSpec['precision']>
    maxTokens: number | null
    bm25: NonNullable<EncoderSpec['bm25']> | null
    idField: string | null
    chunking?: ChunkingPlan
    mapping?: Readonly<Record<string, unknown>>
    layout?: LayoutName
  }
  return {
    vectors,
    idField,
    chunking,
    ...given({ mapping, layout }),
    spec: {
      ...(vectors.dense && { dense: vectors.dense.model }),
      ...(vectors.bm25 && { sparse: vectors.bm25.model }),
      ...(vectors.late && { late: vectors.late.model }),
      precision,
      ...(maxTokens !== null && { maxTokens }),
      ...(bm25 !== null && { bm25 }),
      ...pickDefined(recorded as EncoderSpec, OPTIONAL_RECIPE),
    },
  }
}
