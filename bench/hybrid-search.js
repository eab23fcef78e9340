/**
 * Hybrid search (dense 20 + sparse 20, fused by RRF) and ingest of ready vectors: the embedded store, in memory and on disk, against
 * qdrant-client's local mode in Python. Every measurement is a process of its own, in turn, every other round in reverse.
 *
 *     node bench/hybrid-search.js [--points 20000] [--queries 50] [--rounds 3] [--python python3] [--rerank 40]
 *
 * --python '' leaves the peer out. --rerank N adds 200 × 128 float16 token vectors to every point and has N candidates ordered by
 * them: 51 KB a point on disk, without the peer. Vectors are synthetic: clusters on the unit sphere, and terms by Zipf's law.
 */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { LocalClient } from '../dist/src/stores/local-client/local-client.js'

const COLLECTION = 'hybrid'
const DIMENSION = 384
const CLUSTERS = 500
const CLUSTER_NOISE = 0.6
const VOCABULARY = 30_000
const TERMS_OF_A_POINT = 80
const TERMS_OF_A_QUERY = 8
const TEXTS = 1000
const ROWS = 200
const ROW_DIMENSION = 128
const QUERY_ROWS = 32
const WARM_UP_QUERIES = 5
/** Each side at its better size of a batch, found by trying 64, 256 and 1000. */
const BATCH = 256

/** Numbers in [0, 1), the same for the same seed (mulberry32). @param {number} seed */
function randomNumbers(seed) {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Roughly normal with variance 1: cheap, and nothing depends on the tails. @param {() => number} random */
function bell(random) {
  return (random() + random() + random() + random() - 2) * Math.sqrt(3)
}

/** Unit vectors around the centres of clusters, float32 [count, DIMENSION]. */
function denseVectors(count, centres, random) {
  const values = new Float32Array(count * DIMENSION)
  const scale = CLUSTER_NOISE / Math.sqrt(DIMENSION)
  for (let i = 0; i < count; i++) {
    const centre = centres === null ? null : Math.floor(random() * CLUSTERS) * DIMENSION
    const row = values.subarray(i * DIMENSION, (i + 1) * DIMENSION)
    for (let d = 0; d < DIMENSION; d++)
      row[d] = centre === null ? bell(random) : centres[centre + d] + scale * bell(random)
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0))
    for (let d = 0; d < DIMENSION; d++) row[d] /= length
  }
  return values
}

/** Terms by Zipf's law, ascending, and their weights. */
function sparseVectors(count, terms, random) {
  const indices = []
  const values = []
  const offsets = new Uint32Array(count + 1)
  for (let i = 0; i < count; i++) {
    const chosen = new Set()
    while (chosen.size < terms) chosen.add(Math.floor(VOCABULARY ** random()))
    for (const term of [...chosen].sort((a, b) => a - b)) {
      indices.push(term)
      values.push(0.5 + random())
    }
    offsets[i + 1] = indices.length
  }
  return { offsets, indices: Uint32Array.from(indices), values: Float32Array.from(values) }
}

function writeData(folder, points, queries) {
  const random = randomNumbers(1)
  const centres = denseVectors(CLUSTERS, null, random)
  const write = (prefix, count, terms) => {
    writeFileSync(join(folder, `${prefix}dense.f32`), denseVectors(count, centres, random))
    for (const [name, list] of Object.entries(sparseVectors(count, terms, random))) {
      writeFileSync(join(folder, `${prefix}sparse.${name}.${name === 'values' ? 'f32' : 'u32'}`), list)
    }
  }
  write('', points, TERMS_OF_A_POINT)
  write('query-', queries, TERMS_OF_A_QUERY)
  const word = () => Math.floor(random() * 36 ** 6).toString(36)
  const texts = Array.from({ length: TEXTS }, () => Array.from({ length: 60 }, word).join(' '))
  writeFileSync(join(folder, 'texts.json'), JSON.stringify(texts))
}

/** Reads vectors back. @returns {(i: number) => { dense: Float32Array, bm25: { indices: Uint32Array, values: Float32Array } }} */
function openData(folder, prefix) {
  const read = (name) => readFileSync(join(folder, `${prefix}${name}`))
  const floats = (name) => new Float32Array(new Uint8Array(read(name)).buffer)
  const integers = (name) => new Uint32Array(new Uint8Array(read(name)).buffer)
  const dense = floats('dense.f32')
  const offsets = integers('sparse.offsets.u32')
  const indices = integers('sparse.indices.u32')
  const values = floats('sparse.values.f32')
  return (i) => ({
    dense: dense.subarray(i * DIMENSION, (i + 1) * DIMENSION),
    bm25: {
      indices: indices.subarray(offsets[i], offsets[i + 1]),
      values: values.subarray(offsets[i], offsets[i + 1]),
    },
  })
}

/** Token vectors of a point, float32 [rows, ROW_DIMENSION]. */
function tokenVectors(rows, random) {
  const values = Float32Array.from({ length: rows * ROW_DIMENSION }, () => random() - 0.5)
  return { rows, dimension: ROW_DIMENSION, values }
}

function requestOf({ dense, bm25 }, rerank, random) {
  const prefetch = [
    { query: Array.from(dense), using: 'dense', limit: rerank ?? 20 },
    {
      query: { indices: Array.from(bm25.indices), values: Array.from(bm25.values) },
      using: 'bm25',
      limit: rerank ?? 20,
    },
  ]
  const fused = { prefetch, query: { fusion: 'rrf' }, limit: rerank ?? 10, with_payload: true }
  if (rerank === null) return fused
  return { prefetch: fused, query: tokenVectors(QUERY_ROWS, random), using: 'late', limit: 10, with_payload: true }
}

/** One measurement in this process: ready points in, then queries one after the other. */
async function measure({ folder, points, queries, rerank, store }) {
  const random = randomNumbers(2)
  const texts = JSON.parse(readFileSync(join(folder, 'texts.json'), 'utf8'))
  const vectorsOf = openData(folder, '')
  const client = store === null ? LocalClient.memory() : await LocalClient.open({ path: store })
  const late = {
    size: ROW_DIMENSION,
    distance: 'Dot',
    datatype: 'float16',
    multivector_config: { comparator: 'max_sim' },
  }
  await client.createCollection(COLLECTION, {
    vectors: { dense: { size: DIMENSION, distance: 'Cosine' }, ...(rerank !== null && { late }) },
    sparse_vectors: { bm25: { modifier: 'idf' } },
  })
  let ingestSeconds = 0
  for (let first = 0; first < points; first += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, points - first) }, (_, i) => {
      const vector = vectorsOf(first + i)
      if (rerank !== null) vector.late = tokenVectors(ROWS, random)
      return { id: first + i, vector, payload: { n: first + i, document: texts[(first + i) % texts.length] } }
    })
    const begin = performance.now()
    await client.upsert(COLLECTION, { points: batch })
    ingestSeconds += (performance.now() - begin) / 1000
  }
  const queryOf = openData(folder, 'query-')
  const requests = Array.from({ length: queries }, (_, i) => requestOf(queryOf(i), rerank, random))
  for (const request of requests.slice(0, WARM_UP_QUERIES)) await client.query(COLLECTION, request)
  const times = []
  const hits = []
  for (const request of requests) {
    const begin = performance.now()
    const found = await client.query(COLLECTION, request)
    times.push(performance.now() - begin)
    hits.push(found.points.map(({ id }) => id))
  }
  await client.close()
  const peakRssBytes = Number(/^VmHWM:\s*(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0) * 1024
  const bytesPerPoint = store === null ? null : sizeOf(store) / points
  return { ingestSeconds, times, hits, peakRssBytes, bytesPerPoint }
}

function sizeOf(folder) {
  const entries = readdirSync(folder, { withFileTypes: true })
  return entries.reduce((sum, entry) => {
    const path = join(folder, entry.name)
    return sum + (entry.isDirectory() ? sizeOf(path) : statSync(path).size)
  }, 0)
}

function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
}

async function runJson(file, args) {
  const { stdout } = await promisify(execFile)(file, args, { maxBuffer: 2 ** 28 })
  return JSON.parse(stdout)
}

/** Each contender by name, as a function that measures it once. */
function contenders(folder, { points, queries, rerank, python }) {
  const own = (store) => runJson(process.execPath, [fileURLToPath(import.meta.url), '--measure', JSON.stringify(store)])
  const request = { folder, points, queries, rerank }
  let runs = 0
  const peer = fileURLToPath(new URL('peers/qdrant_local_peer.py', import.meta.url))
  return {
    ...(rerank === null && { memory: () => own({ ...request, store: null }) }),
    disk: async () => {
      const store = join(folder, `store-${runs++}`)
      mkdirSync(store)
      try {
        return await own({ ...request, store })
      } finally {
        rmSync(store, { recursive: true })
      }
    },
    ...(python !== '' &&
      rerank === null && {
        'qdrant-client': () => runJson(python, [peer, JSON.stringify({ ...request, batchSize: BATCH })]),
      }),
  }
}

async function compare(options) {
  const folder = mkdtempSync(join(tmpdir(), 'offgrid-hybrid-'))
  try {
    writeData(folder, options.points, options.queries)
    const sides = contenders(folder, options)
    const results = Object.fromEntries(Object.keys(sides).map((name) => [name, []]))
    for (let round = 0; round < options.rounds; round++) {
      const order = round % 2 === 0 ? Object.keys(sides) : Object.keys(sides).reverse()
      for (const name of order) results[name].push(await sides[name]())
    }
    print(results, options)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function print(results, { points, queries, rerank }) {
  const median = (values) => quantile(values, 0.5)
  const what = rerank === null ? '' : `, ${rerank} candidates reranked by ${ROWS} × ${ROW_DIMENSION} float16 rows`
  const lines = [`${points} points, ${queries} queries${what}`, '']
  lines.push(
    '| side | query p50 ms | p99 ms | ingest points/s | peak memory | bytes a point |',
    '| --- | --- | --- | --- | --- | --- |',
  )
  for (const [name, rounds] of Object.entries(results)) {
    const all = rounds.flatMap(({ times }) => times)
    const rates = rounds.map(({ ingestSeconds }) => points / ingestSeconds)
    const memory = Math.max(...rounds.map(({ peakRssBytes }) => peakRssBytes))
    const bytes = rounds[0].bytesPerPoint ?? null
    const cells = [
      median(all).toFixed(2),
      quantile(all, 0.99).toFixed(2),
      Math.round(median(rates)),
      `${Math.round(memory / 1e6)} MB`,
    ]
    lines.push(`| ${name} | ${cells.join(' | ')} | ${bytes === null ? '' : Math.round(bytes)} |`)
  }
  const peer = results['qdrant-client']
  for (const name of peer ? ['memory', 'disk'] : []) {
    const ratio = (of) => median(results[name].map((own, round) => of(peer[round]) / of(own)))
    const query = ratio(({ times }) => median(times)).toFixed(1)
    const ingest = ratio(({ ingestSeconds }) => ingestSeconds).toFixed(1)
    lines.push(
      '',
      `${name}: queries ${query} times, ingest ${ingest} times as fast as qdrant-client; ${agreement(results[name][0], peer[0])}`,
    )
  }
  process.stdout.write(`${lines.join('\n')}\n`)
}

/** Part of the peer's hits that we find, too: ties of a fusion may fall otherwise. */
function agreement(own, peer) {
  const shared = own.hits.flatMap((ids, i) => ids.filter((id) => peer.hits[i].includes(id))).length
  return `${((100 * shared) / peer.hits.flat().length).toFixed(1)} % of the hits are the same`
}

const { values: flags } = parseArgs({
  options: {
    points: { type: 'string', default: '20000' },
    queries: { type: 'string', default: '50' },
    rounds: { type: 'string', default: '3' },
    python: { type: 'string', default: 'python3' },
    rerank: { type: 'string' },
    measure: { type: 'string' },
  },
})
if (flags.measure !== undefined) process.stdout.write(JSON.stringify(await measure(JSON.parse(flags.measure))))
else {
  await compare({
    points: Number(flags.points),
    queries: Number(flags.queries),
    rounds: Number(flags.rounds),
    python: flags.python,
    rerank: flags.rerank === undefined ? null : Number(flags.rerank),
  })
}
