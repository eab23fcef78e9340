import { DEFAULT_MODELS } from '../../encoders/default-models.js'
import { readDocuments } from '../../inputs/read-documents.js'
import { architectureOf } from '../../onnx/manifest.js'
import { modelChecksum } from '../../onnx/model-checksum.js'
import { findModel, openModel } from '../../onnx/model-files.js'
import { hashFile } from '../../onnx/verified-files.js'
import { type CollectionPlan, type Method, namesOf, planCollection } from '../../pipeline/collection/collection-plan.js'
import { METHODS } from '../../pipeline/collection/methods.js'
import type { OpenedCollection } from '../../pipeline/collection/opened-collection.js'
import { ingest } from '../../pipeline/runs/ingest.js'
import type { IngestSummary } from '../../pipeline/runs/ingest-tally.js'
import type { BeirDataset } from '../../pipeline/search/beir.js'
import { neededVectors } from '../../pipeline/search/evaluate.js'
import type { EvaluationCorpora, MethodModels } from '../../pipeline/search/evaluation-corpora.js'
import type { EncoderPool, PooledEncoder } from '../../pool/encoder-pool.js'
import type { Store } from '../../stores/store.js'
import { bm25Words } from '../ingest/bm25-words.js'
import { describeProgress } from '../ingest/ingest-summary.js'
import { UnsegmentedTexts } from '../ingest/unsegmented-texts.js'
import { RejectionLog } from '../report/rejection-log.js'
import { parseChunking } from '../shared/flags.js'
import { countOf, formatDuration, type Terminal } from '../shared/terminal.js'
import type { EvalFlags } from './eval-options.js'
import type { EvaluatedSet, ModelSet } from './model-sets.js'

/** A set of models whose vectors of the corpus are in the store. */
export interface EmbeddedSet extends EvaluatedSet {
  /** How queries are encoded: with the models that the set's methods need, and no others. */
  readonly plan: CollectionPlan
  /** Collection of each vector, by the vector's name. */
  readonly places: ReadonlyMap<string, string>
}

export interface EmbeddedCorpora {
  readonly sets: readonly EmbeddedSet[]
  /** Collections that hold the corpus, each with other vectors. */
  readonly collections: readonly string[]
  /** Of the first of them. */
  readonly summary: IngestSummary
}

interface EmbedParts {
  readonly dataset: BeirDataset
  readonly corpora: EvaluationCorpora
  readonly store: Store
  readonly pool: EncoderPool
  readonly terminal: Terminal
  readonly signal: AbortSignal
}

/**
 * Embeds the corpus with every model that is needed. What two sets have in common is embedded once, unless documents are cut into chunks,
 * which are other ones for another model.
 * @returns null where it was interrupted
 */
export async function embedCorpora(
  sets: readonly EvaluatedSet[],
  flags: EvalFlags,
  { dataset, corpora, store, pool, terminal, signal }: EmbedParts,
): Promise<EmbeddedCorpora | null> {
  const base = await corpusName(dataset, flags)
  const known = new Map<string, string>()
  const embedded: EmbeddedSet[] = []
  let first: IngestSummary | null = null
  for (const set of sets) {
    if (isCut(flags)) known.clear()
    const keyOf = (method: Method) => `${method} ${set.models[method]}`
    const needed = neededVectors(set.methods)
    const missing = needed.filter((method) => !known.has(keyOf(method)))
    if (missing.length > 0) {
      const { collection, methods } = corpora.choose(base, missing, await tagsOf(set.models))
      const plan = await evaluationPlan(set.models, methods, flags)
      const opened = { store, collection, plan, encoder: pool.encoder(plan.spec) }
      const summary = await embedCorpus(dataset, opened, flags, terminal, signal)
      await corpora.noteUse(collection, !summary.interrupted)
      if (summary.interrupted) return null
      first ??= summary
      for (const method of methods) known.set(keyOf(method), collection)
    }
    const plan = await evaluationPlan(set.models, needed, flags)
    const places = needed.flatMap((method) =>
      namesOf(plan.vectors[method]).map((name) => [name, known.get(keyOf(method))!] as const),
    )
    embedded.push({ ...set, plan, places: new Map(places) })
  }
  const collections = embedded.flatMap(({ places }) => [...places.values()])
  return { sets: embedded, collections: [...new Set(collections)], summary: first! }
}

/** Whether documents are cut into chunks. */
function isCut({ chunk }: EvalFlags): boolean {
  return chunk !== undefined && chunk !== 'none'
}

/** The corpus' own sum, so that a changed or another dataset of the same name never mixes with this one, and what makes its vectors. */
async function corpusName(dataset: BeirDataset, flags: EvalFlags): Promise<string> {
  const sum = (await hashFile(dataset.corpus)).slice(0, 12)
  const { precision, maxTokens, language, segmenter, chunk, overlap = 0, documents, prompts } = flags
  const size = chunk === 'auto' ? chunk : `${chunk}-${overlap}`
  const chunks = isCut(flags) ? `chunks-${size}${documents ? '-documents' : ''}` : undefined
  const noPrompts = prompts === 'none' ? 'no-prompts' : undefined
  return [dataset.name, sum, precision, maxTokens, chunks, language, segmenter, noPrompts]
    .filter((part) => part !== undefined)
    .join('-')
}

/** Name and sum of each model that is not the default one: other files under its name are another corpus. */
async function tagsOf(models: ModelSet): Promise<MethodModels> {
  const others = METHODS.filter((method) => models[method] !== DEFAULT_MODELS[method])
  const tags = others.map(async (method) => {
    const model = await openModel(models[method])
    const name = model.entry.name.slice(model.entry.name.lastIndexOf('/') + 1)
    return [method, `${name.replace(/[^\w.-]+/g, '_')}.${modelChecksum(model).slice(0, 8)}`] as const
  })
  return Object.fromEntries(await Promise.all(tags))
}

/** The plan of a collection with the vectors of some methods. */
export async function evaluationPlan(
  models: ModelSet,
  methods: readonly Method[],
  flags: EvalFlags,
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
    ...(flags.maxTokens !== undefined && { maxTokens: flags.maxTokens }),
  }
  return planCollection(spec, { chunking: parseChunking(flags, DEFAULT_MODELS.dense) })
}

async function embedCorpus(
  dataset: BeirDataset,
  opened: OpenedCollection<PooledEncoder>,
  flags: EvalFlags,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<IngestSummary> {
  const log = await RejectionLog.open(flags.errors)
  const bar = terminal.progress(`embed ${dataset.name}`)
  try {
    const unsegmented = new UnsegmentedTexts(opened.plan)
    const records = unsegmented.watch(readDocuments([dataset.corpus]))
    const summary = await ingest(records, opened, {
      signal,
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
    bar.stop()
    await log.close()
  }
}
