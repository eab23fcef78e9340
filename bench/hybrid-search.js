/**
 * Hybrid search (dense 20 + sparse 20, fused by RRF) and ingest of ready vectors: the embedded store, in memory and on disk, against
 * qdrant-client's local mode in Python. Every measurement is a process of its own, in turn, every other round in reverse.
 *
 *     node bench/hybrid-search.js [--points 20000] [--queries 50] [--rounds 3] [--python python3] [--peer-on-disk] [--rerank 40]
 *
 * --python '' leaves the peer out, --peer-on-disk adds its slow mode with a path. CPU times tell more than the clock where the
 * machine has other work. --rerank N adds 200 × 128 float16 token vectors to every point and has N candidates ordered by
 * them: 51 KB a point on disk, without the peer. Vectors are synthetic: clusters on the unit sphere, and terms by Zipf's law.
 */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { LocalClient } from '../dist/src/stores/local-client/local-client.js'
import { DIMENSION, openData, ROW_DIMENSION, randomNumbers, tokenVectors, writeData } from './hybrid-vectors.js'

const COLLECTION = 'hybrid'
const ROWS = 200
const QUERY_ROWS = 32
const WARM_UP_QUERIES = 5
/** Each side at its better size of a batch, found by trying 64, 256 and 1000. */
const BATCH = 256
const PEER = 'qdrant-client :memory:'
const PEER_ON_DISK = 'qdrant-client path='

function requestOf({ dense, bm25 }, rerank, random) {
  const sparse = { indices: Array.from(bm25.indices), values: Array.from(bm25.values) }
  const prefetch = [
    { query: Array.from(dense), using: 'dense', limit: 20 },
    { query: sparse, using: 'bm25', limit: 20 },
  ]
  const fused = { prefetch, query: { fusion: 'rrf' }, limit: rerank ?? 10 }
  if (rerank === null) return { ...fused, with_payload: true }
  const { values } = tokenVectors(QUERY_ROWS, random)
  const rows = Array.from({ length: QUERY_ROWS }, (_, row) =>
    Array.from(values.subarray(row * ROW_DIMENSION, (row + 1) * ROW_DIMENSION)),
  )
  return { prefetch: fused, query: rows, using: 'late', limit: 10, with_payload: true }
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
  let ingestCpuSeconds = 0
  for (let first = 0; first < points; first += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, points - first) }, (_, i) => {
      const vector = vectorsOf(first + i)
      if (rerank !== null) vector.late = tokenVectors(ROWS, random)
      return { id: first + i, vector, payload: { n: first + i, document: texts[(first + i) % texts.length] } }
    })
    const begin = performance.now()
    const cpuBegin = cpuMs()
    await client.upsert(COLLECTION, { points: batch })
    ingestSeconds += (performance.now() - begin) / 1000
    ingestCpuSeconds += (cpuMs() - cpuBegin) / 1000
  }
  const queryOf = openData(folder, 'query-')
  const requests = Array.from({ length: queries }, (_, i) => requestOf(queryOf(i), rerank, random))
  for (const request of requests.slice(0, WARM_UP_QUERIES)) await client.query(COLLECTION, request)
  const times = []
  const cpuTimes = []
  const hits = []
  for (const request of requests) {
    const begin = performance.now()
    const cpuBegin = cpuMs()
    const found = await client.query(COLLECTION, request)
    times.push(performance.now() - begin)
    cpuTimes.push(cpuMs() - cpuBegin)
    hits.push(found.points.map(({ id }) => id))
  }
  await client.close()
  const peakRssBytes = Number(/^VmHWM:\s*(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0) * 1024
  const bytesPerPoint = store === null ? null : sizeOf(store) / points
  return { ingestSeconds, ingestCpuSeconds, times, cpuTimes, hits, peakRssBytes, bytesPerPoint }
}

/** CPU time of this process with all its threads so far. */
function cpuMs() {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
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
function contenders(folder, { points, queries, rerank, python, peerOnDisk }) {
  const own = (store) => runJson(process.execPath, [fileURLToPath(import.meta.url), '--measure', JSON.stringify(store)])
  const request = { folder, points, queries, rerank }
  let runs = 0
  const hasPeer = python !== '' && rerank === null
  const peer = fileURLToPath(new URL('peers/qdrant_local_peer.py', import.meta.url))
  const runPeer = (path) => runJson(python, [peer, JSON.stringify({ ...request, batchSize: BATCH, path })])
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
    ...(hasPeer && { [PEER]: () => runPeer(null) }),
    ...(hasPeer && peerOnDisk && { [PEER_ON_DISK]: () => runPeer(join(folder, `peer-${runs++}`)) }),
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

function median(values) {
  return quantile(values, 0.5)
}

function print(results, { points, queries, rerank }) {
  const what = rerank === null ? '' : `, ${rerank} candidates reranked by ${ROWS} × ${ROW_DIMENSION} float16 rows`
  const lines = [
    `${points} points, ${queries} queries${what}`,
    '',
    '| side | query p50 ms | p99 ms | CPU p50 ms | ingest points/s | CPU µs a point | peak memory | bytes a point |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
  ]
  for (const [name, rounds] of Object.entries(results)) {
    const all = rounds.flatMap(({ times }) => times)
    const cells = [
      median(all).toFixed(2),
      quantile(all, 0.99).toFixed(2),
      median(rounds.flatMap(({ cpuTimes }) => cpuTimes)).toFixed(2),
      Math.round(median(rounds.map(({ ingestSeconds }) => points / ingestSeconds))),
      ((median(rounds.map(({ ingestCpuSeconds }) => ingestCpuSeconds)) / points) * 1e6).toFixed(1),
      `${Math.round(Math.max(...rounds.map(({ peakRssBytes }) => peakRssBytes)) / 1e6)} MB`,
      rounds[0].bytesPerPoint ? Math.round(rounds[0].bytesPerPoint) : '',
    ]
    lines.push(`| ${name} | ${cells.join(' | ')} |`)
  }
  for (const peer of [PEER, PEER_ON_DISK]) {
    for (const name of results[peer] ? ['memory', 'disk'] : [])
      lines.push('', compareWith(name, results[name], peer, results[peer]))
  }
  process.stdout.write(`${lines.join('\n')}\n`)
}

/** Medians of the rounds' own ratios: two processes of a round saw the same machine. */
function compareWith(name, own, peerName, peer) {
  const ratio = (of) => median(own.map((found, round) => of(peer[round]) / of(found))).toFixed(1)
  const query = `${ratio(({ times }) => median(times))} times (CPU ${ratio(({ cpuTimes }) => median(cpuTimes))})`
  const ingest = `${ratio(({ ingestSeconds }) => ingestSeconds)} times (CPU ${ratio(({ ingestCpuSeconds }) => ingestCpuSeconds)})`
  return `${name} against ${peerName}: queries ${query}, ingest ${ingest} as fast; ${agreement(own[0], peer[0])}`
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
    'peer-on-disk': { type: 'boolean', default: false },
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
    peerOnDisk: flags['peer-on-disk'],
    rerank: flags.rerank === undefined ? null : Number(flags.rerank),
  })
}
