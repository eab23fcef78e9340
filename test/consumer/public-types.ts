// Compiled against the packed package by test/package.test.ts, never run: what a user's compiler sees.

import type {
  Bm25Options,
  Chunk,
  ChunkingOptions,
  ChunkOptions,
  CollectionPlace,
  DenseBatch,
  DocumentMapping,
  EmbedAllOptions,
  EncodeOptions,
  Encoder,
  EvaluateCollectionOptions,
  Evaluation,
  EvaluationHit,
  EvaluationMethod,
  IngestProgress,
  IngestSources,
  IngestSourcesOptions,
  JudgedQuestion,
  ListWeights,
  LocalClientOptions,
  Method,
  MethodResult,
  MultivectorBatch,
  OpenLimits,
  PayloadIndexSchema,
  QueryResult,
  Ranks,
  RecordFormat,
  Rejection,
  SearchCollectionOptions,
  Side,
  SparseBatch,
  Store,
} from 'offgrid'
import {
  type Bm25EmbeddingOptions,
  type Bm25Term,
  type Bm42Options,
  type ClientReadOptions,
  type CollectionConfig,
  type CollectionDescription,
  type CrossEncoderOptions,
  chunkText,
  cosineSimilarity,
  type DenseEmbeddingOptions,
  type DenseVector,
  type DenseVectors,
  type DOCUMENT_NAMESPACE,
  type Document,
  type EmbedBatchesOptions,
  type Embedded,
  type Embedding,
  type EmbeddingOptions,
  type EmbeddingStats,
  type EmbedOptions,
  EncoderPool,
  type ErrorKind,
  type ExplainOptions,
  embedAll,
  evaluate,
  type FailedPoint,
  type FailedText,
  type Filter,
  type Hit,
  InferenceClient,
  type InferenceClientOptions,
  InferenceServer,
  type InferenceServerOptions,
  type IngestSummary,
  InputError,
  ingest,
  type LateInteractionOptions,
  LateInteractionTextEmbedding,
  LocalClient,
  type LocalStorageOptions,
  type MinicoilOptions,
  ModelError,
  type Multivector,
  type Multivectors,
  Muvera,
  type MuveraOptions,
  maxSim,
  OffgridError,
  type OnError,
  type OutputArrays,
  type OutputType,
  type OwnModel,
  type OwnStemmer,
  openQdrantStore,
  type Payload,
  type Point,
  type PointColumns,
  type PointId,
  type PoolActivity,
  type Pooling,
  type PoolOptions,
  type Precision,
  type Prefixes,
  pointId,
  type QdrantStore,
  type QdrantStoreOptions,
  type QueryRequest,
  type RankedHit,
  type ReadOptions,
  type SignalOptions,
  type SparseEmbeddingOptions,
  SparseTextEmbedding,
  type SparseVector,
  type SparseVectors,
  type StoredPoint,
  StoreError,
  type SupportedModel,
  type SupportedModelsOptions,
  search,
  TextCrossEncoder,
  TextEmbedding,
  type TextPair,
  type TextPairs,
  type Texts,
  type TokenCount,
  type TokenRows,
  type Truncation,
  toArray,
  UploadError,
  type UploadOptions,
  type UploadSummary,
  uploadCollection,
  usableCores,
  type Vector,
  VectorError,
  type VectorInput,
  WorkerError,
  type WriteOptions,
} from 'offgrid'
import type { TextEmbedding as Dense, EncodedBatch, EncoderSpec, PooledEncoder } from 'offgrid/embeddings'
import type { InferenceClient as Inference } from 'offgrid/inference'
import type { InferenceServer as Server } from 'offgrid/serve'
import type { LocalClient as Local } from 'offgrid/store'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<A, B>(_proof: Equal<A, B>): void {}

async function* stream(): AsyncGenerator<string> {
  yield 'a text'
}

// vectors by class and output type
const dense = await TextEmbedding.create()
const half = await TextEmbedding.create({ outputType: 'float16', dimensions: 64 })
const small = await TextEmbedding.create({ outputType: 'int8', truncation: 'chunk', prefixes: 'model' })
const bits = await TextEmbedding.create({ outputType: 'binary', pooling: 'cls', normalize: false })
for await (const vector of dense.embed(['a', 'b'])) same<typeof vector, Float32Array>(true)
for await (const vector of half.embed(new Set(['a']))) same<typeof vector, Uint16Array>(true)
for await (const vector of small.passageEmbed(stream())) same<typeof vector, Int8Array>(true)
for (const vector of await bits.queryEmbed('a')) same<typeof vector, Uint8Array>(true)

// errors in place only where they are asked for
for await (const each of dense.embed('a', { onError: 'collect' })) same<typeof each, Float32Array | OffgridError>(true)
for await (const each of dense.embed('a', { onError: 'skip' })) same<typeof each, Float32Array>(true)
for await (const each of dense.embed('a', { signal: AbortSignal.timeout(1) })) same<typeof each, Float32Array>(true)
same<Embedded<Float32Array, 'collect'>, Float32Array | OffgridError>(true)

// batches
for await (const batch of half.embedBatches(stream(), { batchSize: 8, as: 'query', onError: 'skip' })) {
  same<typeof batch, DenseVectors<'float16'>>(true)
  same<typeof batch.values, Uint16Array>(true)
  same<ReturnType<typeof batch.toArray>, number[][]>(true)
  const codes: string[] = batch.errors.map(({ error }) => error.code)
  console.log(batch.rows, batch.dimension, codes)
}
const late = await LateInteractionTextEmbedding.create({ workers: 2 })
for await (const batch of late.embedBatches(['a'])) same<typeof batch, Multivectors>(true)
for await (const vector of late.embed(['a'])) same<typeof vector, Multivector>(true)

// sparse, with BM25's options of either dialect
const sparse = await SparseTextEmbedding.create({ language: 'german', avgLen: 'fit', stopwords: new Set(['der']) })
await SparseTextEmbedding.create({ stemmer: { stemWord: (word: string) => word }, normalize: 'nfc', segmenter: 'intl' })
await SparseTextEmbedding.create({ dialect: 'qdrant', stemmer: { type: 'none' }, stopwords: { custom: ['x'] } })
same<number, Awaited<ReturnType<typeof sparse.fit>>>(true)
for await (const batch of sparse.embedBatches(['a'])) same<typeof batch, SparseVectors>(true)
for (const vector of await sparse.queryEmbed(['a'])) same<typeof vector, SparseVector>(true)
for (const { term, index, count, value } of sparse.explain('a', { as: 'query' })) console.log(term, index, count, value)

// JSON
const numbers: number[] = toArray(new Float32Array(2))
const rows: number[][] = toArray({ rows: 1, dimension: 1, values: new Float32Array(1) })
const { indices }: { indices: number[] } = toArray({ indices: new Uint32Array(1), values: new Float64Array(1) })
console.log(numbers, rows, indices)

// tokens, numbers, lifetimes
const counts: TokenCount[] = []
for await (const count of dense.tokenCounts(['a'])) counts.push(count)
const sum: number = await dense.tokenCount(['a'], { signal: new AbortController().signal })
const stats: EmbeddingStats = dense.stats
const size: number = dense.embeddingSize
console.log(sum, stats.truncated, size)
{
  await using pool = await EncoderPool.create({ workers: 1 })
  await using shared = await TextEmbedding.create({ pool })
  console.log(shared.model)
}
await using local = await LocalClient.open({ path: 'store' })
const asked: Pick<InferenceClient, 'getCollections' | 'query' | 'upsert'> = local.asQdrantClient()
// @ts-expect-error: a string is no client
const wrong: string = local.asQdrantClient()
console.log(asked, wrong)
const client = new InferenceClient({ client: local })
await client.query('notes', { query: { text: 'a', model: 'Qdrant/bm25' }, using: 'bm25' })
const refusal: OffgridError = new InputError('CODE', 'message')
console.log(refusal.code, refusal.data.status.error)

// options by their names, as a wrapper passes them on
const signal: SignalOptions = { signal: AbortSignal.timeout(1) }
const precision: Precision = 'int8'
const pooling: Pooling = 'lastToken'
const prefixes: Prefixes = { query: 'query: ' }
const truncation: Truncation = 'warn'
const shared: EmbeddingOptions = { precision, truncation, workers: 1 }
const denseOptions: DenseEmbeddingOptions<'int8'> = { ...shared, pooling, prefixes, outputType: 'int8' }
same<Awaited<ReturnType<typeof TextEmbedding.create<'int8'>>>, TextEmbedding<'int8'>>(true)
const stemmer: OwnStemmer = (word) => word
const bm25: Bm25EmbeddingOptions = { stemmer, k: 1.5 }
const bm42: Bm42Options = { alpha: 0.5 }
const minicoil: MinicoilOptions = { avgLen: 150 }
const sparseOptions: SparseEmbeddingOptions = { ...bm25, ...bm42, ...minicoil }
const lateOptions: LateInteractionOptions = { poolFactor: 2 }
const onError: OnError = 'skip'
const embedOptions: EmbedOptions<'skip'> = { ...signal, onError: 'skip' }
const batches: EmbedBatchesOptions = { onError, batchSize: 4 }
const explain: ExplainOptions = { as: 'query' }
const terms: Bm25Term[] = sparse.explain('a', explain)
const texts: Texts = new Set(['a'])
console.log(denseOptions, sparseOptions, lateOptions, embedOptions, batches, terms)

/** One function for every class of embeddings. */
async function first<V, B>(embedding: Embedding<V, B>): Promise<V | undefined> {
  return (await embedding.queryEmbed(texts))[0]
}
same<Awaited<ReturnType<typeof first<Float32Array, DenseVectors>>>, Float32Array | undefined>(true)
const failed: FailedText[] = []
for await (const batch of dense.embedBatches(texts, batches)) failed.push(...batch.errors)
same<OutputArrays[OutputType], Float32Array | Uint16Array | Int8Array | Uint8Array>(true)

// models
const models: SupportedModelsOptions = { modelsFolder: 'models' }
const listed: SupportedModel[] = await TextEmbedding.listSupportedModels(models)
const own: OwnModel = { name: 'own/model', folder: 'models/own' }
await TextEmbedding.addCustomModel(own)
console.log(listed.length, await TextEmbedding.getEmbeddingSize('own/model'))

// pairs
const rerankerOptions: CrossEncoderOptions = { model: 'Xenova/ms-marco-MiniLM-L-6-v2' }
const reranker = await TextCrossEncoder.create(rerankerOptions)
const pair: TextPair = ['a query', 'a text']
const pairs: TextPairs = [pair]
for await (const score of reranker.rerankPairs(pairs)) same<typeof score, number>(true)

// multivectors
const muveraOptions: MuveraOptions = { rReps: 4 }
const [multivector] = await late.queryEmbed('a')
const rowsOfText: TokenRows = multivector!
same<ReturnType<Muvera['processDocument']>, Float64Array>(true)
console.log(Muvera.fromModel(late, muveraOptions).processQuery(rowsOfText), maxSim(multivector!, multivector!))

// pools
const poolOptions: PoolOptions = { workers: usableCores(), isolation: 'processes' }
const activity: PoolActivity = (await EncoderPool.create(poolOptions)).activity
console.log(activity.working)

// a service
const serverOptions: InferenceServerOptions = { port: 0, preload: [] }
await using service = await InferenceServer.listen(serverOptions)
same<typeof service.url, string>(true)

// documents, points and stores
const payload: Payload = { document: 'a' }
const document: Document = { id: null, text: 'a', payload }
const id: PointId = pointId(document)
same<typeof DOCUMENT_NAMESPACE, '6f2d1c5e-8a0b-5d4f-9c3e-0ff62d000001'>(true)
const vector: Vector = new Float32Array(2) satisfies DenseVector
const point: Point = { id, vectors: { v: vector }, payload }
const collection: CollectionConfig = { vectors: { v: { size: 2, distance: 'Cosine' } } }
const localOptions: LocalStorageOptions = { path: 'store', readOnly: true }
const writing: WriteOptions = { wait: true }
const asking: ClientReadOptions = { timeout: 1 }
const reading: ReadOptions = { payload: false, vectors: ['v'] }
const reader = await LocalClient.open(localOptions)
await reader.createCollection('notes', collection)
await reader.upsert('notes', { points: [{ id, vector: { v: [1, 2] }, payload }], ...writing })
await reader.count('notes', asking)
const inference: InferenceClientOptions = { client: reader, precision }
await new InferenceClient(inference).close()
const storeOptions: QdrantStoreOptions = { url: 'http://127.0.0.1:6333' }
const store: QdrantStore = await openQdrantStore(storeOptions)
const description: CollectionDescription | null = await store.describeCollection('notes')
const filter: Filter = { must: [{ key: 'document', match: { value: 'a' } }] }
const query: QueryRequest = { query: [1, 2], using: 'v', filter }
const hits: Hit[] = await store.query('notes', query)
const stored: StoredPoint[] = await store.retrieve('notes', [id], reading)
const uploading: UploadOptions = { batchPoints: 8 }
const columns: PointColumns = { ids: [id], vectors: { v: dense.embed('a') } }
const plain: VectorInput = [1, 2]
await store.upsert('notes', [{ id, vectors: { v: plain }, payload }])
console.log(description, hits, stored, await store.uploadPoints('notes', [point], uploading))
try {
  const summary: UploadSummary = await uploadCollection(store, 'notes', columns)
  console.log(summary.stored)
} catch (error) {
  if (error instanceof UploadError) {
    const points: readonly FailedPoint[] = error.failed
    console.log(points, error.status)
  } else if (error instanceof StoreError || error instanceof VectorError) console.log(error.status)
  else if (error instanceof ModelError || error instanceof WorkerError) console.log(error.cause)
  else if (error instanceof OffgridError) {
    const kind: ErrorKind = error.kind
    console.log(kind)
  }
}

// the product, and the subpaths
const summary: IngestSummary = await ingest('bench/sample/medical-qa.jsonl', { store: 'store', vectors: ['dense'] })
await ingest([document], { store: storeOptions, chunking: { maxTokens: 128 } })
const ranked: RankedHit[] = await search('What is gout?', { store: 'store', limit: 3 })
const judged = await evaluate([{ id: 'q', text: 'What is gout?', judgements: { gout: 1 } }], { metrics: ['nDCG@10'] })
const [one, other] = await embedAll(['a', 'b'])
console.log(summary.points, ranked[0]?.documentId, judged.methods.dense, cosineSimilarity(one!, other!))
console.log(chunkText('One. Two.', { maxTokens: 1, countTokens: (text) => text.length })[0]?.text)
const spec: EncoderSpec = { dense: 'own/model' }
await using pool = await EncoderPool.create()
const pooled: PooledEncoder = pool.encoder(spec)
const encoded: EncodedBatch = await pooled.encode(['a'], 'document')
same<[typeof Dense, typeof Local], [typeof TextEmbedding, typeof LocalClient]>(true)
same<[typeof Inference, typeof Server], [typeof InferenceClient, typeof InferenceServer]>(true)
console.log(encoded.tokens)
// @ts-expect-error an internal of the pool
pool.encodePiece(spec, ['a'], 'document')
// @ts-expect-error a mistyped option
await TextEmbedding.create({ presicion: 'int8' })
// @ts-expect-error no such precision
await TextEmbedding.create({ precision: 'fp64' })
// @ts-expect-error no such output
await TextEmbedding.create({ outputType: 'float64' })
// @ts-expect-error BM25's options are not those of dense models
await TextEmbedding.create({ language: 'german' })
// @ts-expect-error an option of the other dialect
await SparseTextEmbedding.create({ dialect: 'qdrant', disableStemmer: true })
// @ts-expect-error no such way with errors
dense.embed('a', { onError: 'ignore' })
// @ts-expect-error texts are strings
dense.embed([1, 2])
// @ts-expect-error only BM25 has terms to explain
late.explain('a')
// @ts-expect-error a vector has no such field
sparse.queryEmbed('a').then(([vector]) => vector?.dimension)
// @ts-expect-error made by create
new TextEmbedding()

/** Types that a program names where it hands values on. */
export interface Named {
  readonly bm25Options: Bm25Options
  readonly chunk: Chunk
  readonly chunkOptions: ChunkOptions
  readonly chunkingOptions: ChunkingOptions
  readonly collectionPlace: CollectionPlace
  readonly denseBatch: DenseBatch
  readonly documentMapping: DocumentMapping
  readonly embedAllOptions: EmbedAllOptions
  readonly encodeOptions: EncodeOptions
  readonly encoder: Encoder
  readonly evaluateCollectionOptions: EvaluateCollectionOptions
  readonly evaluation: Evaluation
  readonly evaluationHit: EvaluationHit
  readonly evaluationMethod: EvaluationMethod
  readonly ingestProgress: IngestProgress
  readonly ingestSources: IngestSources
  readonly ingestSourcesOptions: IngestSourcesOptions
  readonly judgedQuestion: JudgedQuestion
  readonly localClientOptions: LocalClientOptions
  readonly listWeights: ListWeights
  readonly method: Method
  readonly methodResult: MethodResult
  readonly multivectorBatch: MultivectorBatch
  readonly openLimits: OpenLimits
  readonly payloadIndexSchema: PayloadIndexSchema
  readonly queryResult: QueryResult
  readonly ranks: Ranks
  readonly recordFormat: RecordFormat
  readonly rejection: Rejection
  readonly searchCollectionOptions: SearchCollectionOptions
  readonly side: Side
  readonly sparseBatch: SparseBatch
  readonly store: Store
}
