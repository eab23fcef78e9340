/**
 * The uploader alone: points with all three vectors, as large as those of MedQuAD, made beforehand and sent to a server that does nothing with them.
 * What comes out is how much faster than an encoder it is, the bytes of a point on the wire, and memory over time.
 *
 *     node scripts/set-up.js && node bench/measure-upload.js [points]
 *
 * Prints one line of JSON for each tenth of the points, and one for the whole.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { openQdrantStore } from '../dist/src/stores/qdrant/qdrant-store.js'

const POINTS = Number(process.argv[2] ?? 20_000)
/** Means of the bundled sample: tokens, distinct terms, bytes of payload. */
const TOKENS = 191
const TERMS = 85
const PAYLOAD_BYTES = 1200
/** Points that differ; they come again under other ids. */
const VARIANTS = 64
const COLLECTION = 'measure-upload'

let state = 1
/** Uniform in [0, 1). */
function random() {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state / 4294967296
}

function unitRows(rows, dimension) {
  const values = Float32Array.from({ length: rows * dimension }, () => random() - 0.5)
  for (let row = 0; row < rows; row++) {
    const part = values.subarray(row * dimension, (row + 1) * dimension)
    const norm = Math.hypot(...part)
    for (let i = 0; i < dimension; i++) part[i] /= norm
  }
  return values
}

function makeVariant() {
  const indices = new Set()
  while (indices.size < TERMS) indices.add(Math.floor(random() * 2 ** 31))
  return {
    vectors: {
      'all-MiniLM-L6-v2': unitRows(1, 384),
      bm25: {
        indices: Uint32Array.from(indices).sort(),
        values: Float64Array.from({ length: TERMS }, () => 1 + random()),
      },
      'all-MiniLM-L6-v2-late': { rows: TOKENS, dimension: 128, values: unitRows(TOKENS, 128) },
    },
    payload: { document: 'x'.repeat(PAYLOAD_BYTES) },
  }
}

const sink = spawn(process.execPath, [fileURLToPath(new URL('./sink-server.js', import.meta.url))], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
const lines = createInterface({ input: sink.stdout })[Symbol.asyncIterator]()
const url = (await lines.next()).value

const variants = Array.from({ length: VARIANTS }, makeVariant)
const store = await openQdrantStore({ url })
await store.createCollection(COLLECTION, {
  vectors: {
    'all-MiniLM-L6-v2': { size: 384, distance: 'Cosine' },
    'all-MiniLM-L6-v2-late': { size: 128, distance: 'Cosine', multivector_config: { comparator: 'max_sim' } },
  },
  sparse_vectors: { bm25: { modifier: 'idf' } },
})

const started = performance.now()
let largestRss = 0
const source = function* () {
  for (let id = 0; id < POINTS; id++) {
    yield { id, ...variants[id % VARIANTS] }
    if ((id + 1) % Math.ceil(POINTS / 10) !== 0) continue
    const rss = process.memoryUsage.rss()
    largestRss = Math.max(largestRss, rss)
    const seconds = (performance.now() - started) / 1000
    console.log(JSON.stringify({ points: id + 1, seconds: round(seconds), rssMegabytes: round(rss / 1e6) }))
  }
}
const cpuBefore = process.cpuUsage()
const summary = await store.uploadPoints(COLLECTION, source())
const seconds = (performance.now() - started) / 1000
const { user, system } = process.cpuUsage(cpuBefore)
await store.close()
sink.kill('SIGTERM')
const totals = JSON.parse((await lines.next()).value)
await once(sink, 'exit')
console.log(
  JSON.stringify({
    points: summary.stored,
    failed: summary.failed.length,
    seconds: round(seconds),
    pointsPerSecond: round(summary.stored / seconds),
    cpuMillisecondsPerPoint: round((user + system) / 1000 / summary.stored),
    bytesPerPoint: Math.round(summary.bytesSent / summary.stored),
    requests: summary.requests,
    largestRequestBytes: totals.largestRequestBytes,
    largestRssMegabytes: round(largestRss / 1e6),
  }),
)

function round(value) {
  return Math.round(value * 100) / 100
}
