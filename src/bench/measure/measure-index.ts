import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { splitSentences } from '../../chunking/split-sentences.js'
import { TextEmbedding } from '../../embeddings/text-embedding.js'
import { openLocalStore } from '../../stores/open-local.js'
import type { Filter, QueryRequest, Store } from '../../stores/store.js'
import type { DenseBatch } from '../../vectors.js'
import { type Measurement, type MeasureRequest, peakRssBytes } from './measurement.js'
import { readTexts } from './read-texts.js'
import { spreadVectors } from './spread-vectors.js'
import { quantile } from './statistics.js'

const COLLECTION = 'index'
const LIMIT = 10
const BATCH_POINTS = 1000
/** Real vectors from which the others are made. */
const MOST_SENTENCES = 20_000
const SHORTEST_SENTENCE = 20
const WARM_UP_QUERIES = 10

/** Searches of the index: without a number of candidates it takes the engine's own. */
const EFS = [null, 64, 128, 256, 512] as const

/** A line of the row's table. */
export interface IndexSearch {
  readonly what: string
  /** Part of the ten nearest, over all queries, that is among the hits. */
  readonly recall: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** What the row tells besides its median. */
export interface IndexDetails {
  readonly points: number
  readonly realVectors: number
  readonly loadSeconds: number
  readonly buildSeconds: number
  readonly rssAfterBuildBytes: number
  readonly openMs: number
  readonly firstQueryMs: number
  readonly rssSearchingBytes: number
  readonly fileBytes: Readonly<Record<string, number>>
  readonly searches: readonly IndexSearch[]
}

/**
 * The approximate index of a local store: how long it takes to build, how large it is, and what it finds of the ten nearest
 * vectors that comparing all of them gives. Vectors of the corpus's sentences, spread to the wanted number; queries as they are.
 */
export async function measureIndex(request: MeasureRequest, points: number): Promise<Measurement> {
  const { sentences, queries } = await embedTexts(request)
  const path = join(request.scratch, 'store')
  const loadStart = performance.now()
  let store = await openLocalStore({ path, durability: 'process' })
  await load(store, sentences, points)
  const buildStart = performance.now()
  await store.buildIndexes(COLLECTION)
  const buildSeconds = (performance.now() - buildStart) / 1000
  const rssAfterBuildBytes = process.memoryUsage.rss()
  await store.close()

  const openStart = performance.now()
  store = await openLocalStore({ path })
  try {
    const first = performance.now()
    await store.query(COLLECTION, nearest(queries[0]!))
    const firstQueryMs = performance.now() - first
    for (const query of queries) await store.query(COLLECTION, nearest(query))
    // later searches are held against comparing all vectors, which takes memory of its own
    const rssSearchingBytes = process.memoryUsage.rss()
    const searches: IndexSearch[] = []
    for (const ef of EFS) {
      const params = ef === null ? {} : { params: { hnsw_ef: ef } }
      searches.push(await compareSearches(store, ef === null ? 'as it comes' : `hnsw_ef ${ef}`, queries, params))
    }
    for (const [what, filter] of FILTERS) searches.push(await compareSearches(store, what, queries, { filter }))
    searches.push(await compareSearches(store, 'exact', queries, { params: { exact: true } }))
    const details: IndexDetails = {
      points,
      realVectors: Math.min(points, sentences.values.length / sentences.dimension),
      loadSeconds: (buildStart - loadStart) / 1000,
      buildSeconds,
      rssAfterBuildBytes,
      openMs: first - openStart,
      firstQueryMs,
      rssSearchingBytes,
      fileBytes: await fileSizes(path),
      searches,
    }
    return {
      value: searches[0]!.p50Ms,
      seconds: buildSeconds,
      texts: points,
      tokens: null,
      peakRssBytes: peakRssBytes(),
      details: { ...details },
    }
  } finally {
    await store.close()
  }
}

/** A point in ten, and one in a hundred. */
const FILTERS: readonly (readonly [string, Filter])[] = [
  ['a filter that 10 % pass', { must: [{ key: 'percent', range: { lt: 10 } }] }],
  ['a filter that 1 % pass', { must: [{ key: 'percent', range: { lt: 1 } }] }],
]

async function embedTexts(request: MeasureRequest): Promise<{ sentences: DenseBatch; queries: Float32Array[] }> {
  await using embedding = await TextEmbedding.create({ workers: request.workers })
  const texts: string[] = []
  const documents = await readTexts(request.documents)
  const ofEach = Math.max(1, Math.floor(MOST_SENTENCES / documents.length))
  for (const text of documents.slice(0, MOST_SENTENCES)) {
    const sentences = splitSentences(text).filter(({ start, end }) => end - start >= SHORTEST_SENTENCE)
    for (const { start, end } of sentences.slice(0, ofEach)) texts.push(text.slice(start, end))
  }
  const dimension = embedding.embeddingSize
  const values = new Float32Array(texts.length * dimension)
  let row = 0
  for await (const vector of embedding.embed(texts)) values.set(vector, row++ * dimension)
  const queries: Float32Array[] = []
  for await (const vector of embedding.embed(await readTexts(request.queries))) queries.push(vector.slice())
  return { sentences: { dimension, values }, queries }
}

async function load(store: Store, sentences: DenseBatch, points: number): Promise<void> {
  await store.createCollection(COLLECTION, { vectors: { dense: { size: sentences.dimension, distance: 'Cosine' } } })
  let batch: { id: number; vectors: { dense: Float32Array }; payload: { percent: number } }[] = []
  let id = 0
  for (const dense of spreadVectors(sentences, points)) {
    batch.push({ id, vectors: { dense }, payload: { percent: id % 100 } })
    id++
    if (batch.length < BATCH_POINTS && id < points) continue
    await store.upsert(COLLECTION, batch)
    batch = []
  }
}

function nearest(query: Float32Array, more: object = {}): QueryRequest {
  return { query: Array.from(query), using: 'dense', limit: LIMIT, ...more } as QueryRequest
}

async function compareSearches(
  store: Store,
  what: string,
  queries: readonly Float32Array[],
  more: object,
): Promise<IndexSearch> {
  for (const query of queries.slice(0, WARM_UP_QUERIES)) await store.query(COLLECTION, nearest(query, more))
  const times: number[] = []
  let found = 0
  let total = 0
  for (const query of queries) {
    const begin = performance.now()
    const hits = await store.query(COLLECTION, nearest(query, more))
    times.push(performance.now() - begin)
    const exact = await store.query(COLLECTION, nearest(query, { ...more, params: { exact: true } }))
    const wanted = new Set(exact.map(({ id }) => id))
    found += hits.filter(({ id }) => wanted.has(id)).length
    total += wanted.size
  }
  return { what, recall: found / total, p50Ms: quantile(times, 0.5), p99Ms: quantile(times, 0.99) }
}

/** Bytes of each file of the one collection. */
async function fileSizes(path: string): Promise<Record<string, number>> {
  const [folder] = await readdir(join(path, 'collections'))
  const files = join(path, 'collections', folder!)
  const sizes = (await readdir(files)).map(async (name) => [name, (await stat(join(files, name))).size] as const)
  return Object.fromEntries(await Promise.all(sizes))
}
