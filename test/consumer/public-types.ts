// Compiled against the packed package by test/package.test.ts, never run: what a user's compiler sees.
import {
  type DenseVectors,
  type Embedded,
  type EmbeddingStats,
  EncoderPool,
  InferenceClient,
  InputError,
  LateInteractionTextEmbedding,
  LocalClient,
  type Multivector,
  type Multivectors,
  type OffgridError,
  SparseTextEmbedding,
  type SparseVector,
  type SparseVectors,
  TextEmbedding,
  type TokenCount,
  toArray,
} from 'offgrid'

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
const client = new InferenceClient({ client: local })
await client.query('notes', { query: { text: 'a', model: 'Qdrant/bm25' }, using: 'bm25' })
const refusal: OffgridError = new InputError('CODE', 'message')
console.log(refusal.code)

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
