/**
 * A process that ingests with a journal, as the command line does, and ends itself by SIGKILL at a moment that it is told:
 *
 *     node ingest-process.js '{"source": "corpus.jsonl", "store": "store", "embedded": "embedded.txt", "kill": {"at": "upsert", "call": 2, "delayMs": 3}}'
 *
 * Plain JavaScript over the compiled library, because a killed process must be one of its own. It appends the texts that go to a worker
 * to `embedded`, a line each, so that the test can count.
 */
import { appendFileSync } from 'node:fs'
import { readDocuments } from '../../dist/src/inputs/read-documents.js'
import { planCollection } from '../../dist/src/pipeline/collection/collection-plan.js'
import { runIngest } from '../../dist/src/pipeline/runs/run-ingest.js'
import { EncoderPool, PooledEncoder } from '../../dist/src/pool/encoder-pool.js'
import { openStore } from '../../dist/src/stores/open-store.js'

const { source, store: path, embedded, kill, cutAbove } = JSON.parse(process.argv[2])
const die = () => process.kill(process.pid, 'SIGKILL')

/** Calls of each kind so far. */
const calls = { encode: 0, upsert: 0, stored: 0 }
function reach(at) {
  calls[at] += 1
  if (kill?.at !== at || kill.call !== calls[at]) return
  if (kill.delayMs === 0) setImmediate(die)
  else setTimeout(die, kill.delayMs)
}

class CountedEncoder extends PooledEncoder {
  encodePiece(texts, side, signal) {
    appendFileSync(embedded, texts.map((text) => `${text}\n`).join(''))
    reach('encode')
    return super.encodePiece(texts, side, signal)
  }
}

if (kill?.at === 'time') setTimeout(die, kill.delayMs)
const plan = await planCollection(
  {
    dense: 'sentence-transformers/all-MiniLM-L6-v2',
    sparse: 'Qdrant/bm25',
    precision: 'int8',
    ...(cutAbove !== undefined && { maxTokens: cutAbove }),
  },
  cutAbove === undefined ? {} : { chunking: { maxTokens: 'auto' } },
)
const store = await openStore({ kind: 'local', path })
const upsert = store.upsert.bind(store)
store.upsert = async (...args) => {
  reach('upsert')
  await upsert(...args)
  // what follows is the journal's line
  reach('stored')
}
const pool = await EncoderPool.create({ workers: 2 })
try {
  const request = { folder: `${path}/runs`, args: ['ingest', source], sources: [source], reading: {} }
  const summary = await runIngest(request, readDocuments([source]), {
    store,
    collection: 'docs',
    plan,
    encoder: new CountedEncoder(pool, plan.spec),
  })
  process.stdout.write(JSON.stringify(summary))
} finally {
  await pool.close()
  await store.close()
}
