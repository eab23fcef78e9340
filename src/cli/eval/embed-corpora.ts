import { STORED_FIELDS } from '../../document.js'
import { DEFAULT_MODELS } from '../../encoders/default-models.js'
import { usualPoolFactor } from '../../encoders/late/token-pooling.js'
import type { EncoderSpec } from '../../encoders/open-encoder.js'
import { readDocuments } from '../../inputs/read-documents.js'
import { architectureOf } from '../../onnx/manifest.js'
import { modelChecksum } from '../../onnx/model-checksum.js'
import { findModel, openModel } from '../../onnx/model-files.js'
import { lastPart } from '../../onnx/nearest-model.js'
import { hashFile } from '../../onnx/verified-files.js'
import { given } from '../../options.js'
import { type CollectionPlan, type Method, planCollection } from '../../pipeline/collection/collection-plan.js'
import { METHODS } from '../../pipeline/collection/methods.js'
import type { OpenedCollection, PlannedCollection } from '../../pipeline/collection/opened-collection.js'
import { prepareCollection } from '../../pipeline/collection/prepare-collection.js'
import { namesOf } from '../../pipeline/collection/vector-naming.js'
import { DocumentChunker } from '../../pipeline/documents/document-chunker.js'
import { type IngestOptions, ingest } from '../../pipeline/runs/ingest.js'
import type { IngestSummary } from '../../pipeline/runs/ingest-tally.js'
import type { BeirDataset } from '../../pipeline/search/beir.js'
import type { EvaluatedPlace } from '../../pipeline/search/evaluate.js'
import type { EvaluationCorpora, EvaluationCorpus, MethodModels } from '../../pipeline/search/evaluation-corpora.js'
import { type EvaluationMethod, neededVectors } from '../../pipeline/search/evaluation-methods.js'
import { JoinedCollections } from '../../pipeline/search/joined-collections.js'
import type { EncoderPool, PooledEncoder } from '../../pool/encoder-pool.js'
import type { Store } from '../../stores/store.js'
import { bm25Words } from '../ingest/bm25-words.js'
import { describeProgress } from '../ingest/ingest-summary.js'
import { UnsegmentedTexts } from '../ingest/unsegmented-texts.js'
import { RejectionLog } from '../report/rejection-log.js'
import { type ChunkFlag, parseChunking } from '../shared/flags.js'
import { countOf, formatDuration, type Terminal } from '../shared/terminal.js'
import type { EvalFlags } from './eval-options.js'
import { mergedPoints } from './merged-points.js'
import type { EvaluatedSet, ModelSet } from './model-sets.js'

/** Methods of a set that search documents which are cut alike. */
export interface EmbeddedPart {
  readonly methods: readonly EvaluationMethod[]
  readonly plan: CollectionPlan
  /** Collection of each vector, by the vector's name. */
  readonly places: ReadonlyMap<string, string>
}

/** A set of models whose vectors of the corpus are in the store. */
export interface EmbeddedSet extends EvaluatedSet {
  /** How queries are encoded: with the models that the set's methods need, and no others. */
  readonly spec: EncoderSpec
  readonly parts: readonly EmbeddedPart[]
}

export interface EmbeddedCorpora {
  readonly sets: readonly EmbeddedSet[]
  /** Collections that hold the corpus, each with other vectors. */
  readonly collections: readonly string[]
  /** Of the first of them. */
  readonly summary: IngestSummary
}

/** What the models of an evaluation are opened and embedded with. */
export interface EmbedParts {
  readonly dataset: BeirDataset
  readonly corpora: EvaluationCorpora
  readonly store: Store
  readonly pool: EncoderPool
  readonly terminal: Terminal
  readonly signal: AbortSignal
}

/**
 * Embeds the corpus with every model that is needed. What two sets have in common is embedded once, unless documents are cut into chunks,
 * which are other ones for another model. Of the whole documents of a set those that are not cut are embedded once.
 * @returns null where it was interrupted
 */
export async function embedCorpora(
  sets: readonly EvaluatedSet[],
  flags: EvalFlags,
  { dataset, corpora, store, pool, terminal, signal }: EmbedParts,
): Promise<EmbeddedCorpora | null> {
  const known = new Map<string, string>()
  const embedded: EmbeddedSet[] = []
  let first: IngestSummary | null = null
  for (const [number, set] of sets.entries()) {
    const hasSameRows =
      !neededVectors(set.methods).includes('late') ||
      (await poolFactorOf(set.models, flags, 'auto')) === (await poolFactorOf(set.models, flags, 'none'))
    const keyOf = (method: Method, cut: ChunkFlag) =>
      [cut, ...(cut === 'none' ? [] : [number]), method, set.models[method]].join(' ')
    /** What is still to be embedded for methods; null where nothing is. */
    const choose = async ({ chunk, methods }: CutMethods): Promise<ChosenCorpus | null> => {
      const missing = neededVectors(methods).filter((method) => !known.has(keyOf(method, chunk)))
      if (missing.length === 0) return null
      const base = await corpusName(dataset, flags, chunk)
      const chosen = corpora.choose(base, missing, await tagsOf(set.models, flags, chunk))
      return { ...chosen, plan: await evaluationPlan(set.models, chosen.methods, flags, chunk) }
    }
    const cuts = partsOf(set.methods, flags)
    const summaries = new Map<CutMethods, IngestSummary>()
    // rows of whole documents can be merged afterwards, and merged ones not taken apart
    for (const cut of hasSameRows ? cuts : cuts.toReversed()) {
      const chosen = await choose(cut)
      if (chosen === null) continue
      const { collection, plan, methods } = chosen
      const others = cuts.filter((other) => other !== cut && !summaries.has(other))
      const twin = hasSameRows || others[0] === undefined ? null : await choose(others[0])
      const opened = { store, collection, plan, encoder: pool.encoder(plan.spec) }
      const onStored = twin === null ? undefined : await fillBeside(opened, twin)
      const summary = await embedCorpus(dataset, opened, flags, terminal, { signal, onStored })
      await corpora.noteUse(collection, !summary.interrupted)
      if (summary.interrupted) return null
      summaries.set(cut, summary)
      for (const method of methods) known.set(keyOf(method, cut.chunk), collection)
      // where nothing had to be cut, these are whole documents
      if (cut.chunk === 'auto' && hasSameRows && !(await hasChunks(opened))) {
        for (const method of methods) known.set(keyOf(method, 'none'), collection)
      }
    }
    first ??= cuts.flatMap((cut) => summaries.get(cut) ?? [])[0] ?? null
    const parts: EmbeddedPart[] = []
    for (const { chunk, methods } of cuts) {
      const needed = neededVectors(methods)
      const plan = await evaluationPlan(set.models, needed, flags, chunk)
      const places = needed.flatMap((method) =>
        namesOf(plan.vectors[method]).map((name) => [name, known.get(keyOf(method, chunk))!] as const),
      )
      parts.push({ methods, plan, places: new Map(places) })
    }
    const { spec } = await evaluationPlan(set.models, neededVectors(set.methods), flags)
    embedded.push({ ...set, spec, parts })
  }
  const collections = embedded.flatMap(({ parts }) => parts.flatMap(({ places }) => [...places.values()]))
  return { sets: embedded, collections: [...new Set(collections)], summary: first! }
}

/** Methods whose documents are cut alike. */
interface CutMethods {
  readonly chunk: ChunkFlag
  readonly methods: readonly EvaluationMethod[]
}

interface ChosenCorpus extends EvaluationCorpus {
  readonly plan: CollectionPlan
}

/**
 * Lets documents that are stored with a row for each token fill a second collection, too, where it has the same vectors and is empty: chunks that are there
 * already would stay beside their documents.
 */
async function fillBeside(
  { store, plan }: OpenedCollection<PooledEncoder>,
  twin: ChosenCorpus,
): Promise<IngestOptions['onStored']> {
  const isTwin = METHODS.every((method) => method in plan.vectors === method in twin.plan.vectors)
  if (!isTwin || plan.vectors.late === undefined || (plan.spec.poolFactor ?? 1) > 1) return undefined
  const chunker = await DocumentChunker.ofPlan(twin.plan)
  const { collection } = twin
  if (chunker === null || (await prepareCollection({ store, collection, plan: twin.plan })) > 0) return undefined
  return async (points) => {
    const merged = mergedPoints(points, twin, chunker)
    if (merged.length > 0) await store.upsert(collection, merged)
  }
}

/** What methods search; in a comparison all are searched alike, wherever their vectors are. */
export function openPart({ plan, places }: EmbeddedPart, store: Store, isComparison: boolean): EvaluatedPlace {
  return {
    store: isComparison ? new JoinedCollections(store, places) : store,
    collection: [...places.values()][0]!,
    plan,
  }
}

/** How documents are cut for methods: as was asked, else as a search does for `default`, and for all others as published figures are of. */
function partsOf(methods: readonly EvaluationMethod[], { chunk }: EvalFlags): CutMethods[] {
  if (chunk !== undefined) return [{ chunk, methods }]
  const parts = (['auto', 'none'] as const).map((cut) => ({
    chunk: cut,
    methods: methods.filter((method) => (method === 'default') === (cut === 'auto')),
  }))
  return parts.filter((part) => part.methods.length > 0)
}

async function hasChunks({ store, collection, plan }: PlannedCollection): Promise<boolean> {
  const isChunk = { must: [{ key: STORED_FIELDS.chunks, range: { gte: 1 } }] }
  return plan.chunking !== null && (await store.count(collection, isChunk)) > 0
}

/** The corpus' own sum, so that a changed or another dataset of the same name never mixes with this one, and what makes its vectors. */
async function corpusName(dataset: BeirDataset, flags: EvalFlags, chunk: ChunkFlag): Promise<string> {
  const sum = (await hashFile(dataset.corpus)).slice(0, 12)
  const { precision, maxTokens, language, segmenter, overlap = 0, documents, prompts } = flags
  const size = chunk === 'auto' ? chunk : `${chunk}-${overlap}`
  const chunks = chunk === 'none' ? undefined : `chunks-${size}${documents ? '-of-documents' : ''}`
  const noPrompts = prompts === 'none' ? 'no-prompts' : undefined
  return [dataset.name, sum, precision, maxTokens, chunks, language, segmenter, noPrompts]
    .filter((part) => part !== undefined)
    .join('-')
}

/**
 * Name and sum of each model that is not the default one: other files under its name are another corpus. So are rows that were merged, and those of
 * another factor.
 */
async function tagsOf(models: ModelSet, flags: EvalFlags, chunk: ChunkFlag): Promise<MethodModels> {
  const tags: Partial<Record<Method, string>> = {}
  for (const method of METHODS) {
    if (models[method] === DEFAULT_MODELS[method]) continue
    const model = await openModel(models[method])
    tags[method] = `${lastPart(model.entry.name).replace(/[^\w.-]+/g, '_')}.${modelChecksum(model).slice(0, 8)}`
  }
  const poolFactor = await poolFactorOf(models, flags, chunk)
  if (poolFactor !== 1) tags.late = [tags.late, `pool-${poolFactor}`].filter((tag) => tag !== undefined).join('.')
  return tags
}

/** The same for all methods of a set, whether BM25 and its language are among them or not. */
async function poolFactorOf(
  { late }: ModelSet,
  { poolFactor, language }: EvalFlags,
  chunk: ChunkFlag,
): Promise<number> {
  return poolFactor ?? usualPoolFactor((await findModel(late)).entry, chunk !== 'none', language) ?? 1
}

/** The plan of a collection with the vectors of some methods. */
export async function evaluationPlan(
  models: ModelSet,
  methods: readonly Method[],
  flags: EvalFlags,
  chunk: ChunkFlag = flags.chunk ?? 'auto',
): Promise<CollectionPlan> {
  const has = (method: Method) => methods.includes(method)
  const words = bm25Words(flags)
  const hasWords = Object.keys(words).length > 0 && architectureOf((await findModel(models.bm25)).entry) === 'bm25'
  const spec = {
    ...(has('dense') && { dense: models.dense }),
    ...(has('bm25') && { sparse: models.bm25 }),
    ...(has('late') && { late: models.late }),
    ...(has('bm25') && hasWords && { bm25: words }),
    precision: flags.precision,
    prefixes: flags.prompts,
    ...given({ maxTokens: flags.maxTokens }),
    ...(has('late') && { poolFactor: await poolFactorOf(models, flags, chunk) }),
  }
  return planCollection(spec, { chunking: parseChunking({ ...flags, chunk }, DEFAULT_MODELS.dense) })
}

async function embedCorpus(
  dataset: BeirDataset,
  opened: OpenedCollection<PooledEncoder>,
  flags: EvalFlags,
  terminal: Terminal,
  options: Pick<IngestOptions, 'signal' | 'onStored'>,
): Promise<IngestSummary> {
  const log = await RejectionLog.open(flags.errors)
  try {
    using bar = terminal.progress(`embed ${dataset.name}`)
    const unsegmented = new UnsegmentedTexts(opened.plan)
    const records = unsegmented.watch(readDocuments([dataset.corpus]))
    const summary = await ingest(records, opened, {
      ...options,
      onRejected: (rejection) => log.add(rejection),
      onProgress: (progress) => bar.update(null, ...describeProgress(progress)),
    })
    bar.stop()
    log.show(terminal)
    const { documents, unchanged, failed, repeated, merged, seconds } = summary
    const again = repeated + merged > 0 ? `, ${repeated + merged} with the id or contents of another` : ''
    if (!summary.interrupted) {
      const counts = `${unchanged} already there, ${failed} rejected${again}`
      terminal.note(`${dataset.name}: ${countOf(documents, 'document')} (${counts}) in ${formatDuration(seconds)}`)
    }
    const advice = unsegmented.describe()
    if (advice !== null) terminal.note(advice)
    return summary
  } finally {
    await log.close()
  }
}
