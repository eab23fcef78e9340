/**
 * A program that leaves in the middle of embedding: node leaving-child.js HOW KIND. The main thread embeds, or, with HOW "terminate" and
 * "thread-…", a thread of its own. Runs the compiled code.
 */
import { fileURLToPath } from 'node:url'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { openEncoder } from '../../dist/src/encoders/open-encoder.js'
import {
  LateInteractionTextEmbedding,
  SparseTextEmbedding,
  TextCrossEncoder,
  TextEmbedding,
} from '../../dist/src/entries/embeddings-entry.js'

const [how, kind] = isMainThread ? process.argv.slice(2) : workerData
const DENSE = 'sentence-transformers/all-MiniLM-L6-v2'
/** So long that each goes to a worker alone, and is cut to as many tokens as the model takes: the first result comes soon. */
const texts = Array.from({ length: 4_000 }, (_, i) => `${i} ${'a text that takes a while to encode '.repeat(500)}`)

/** What embeds until the program ends; calls back with each result. */
const kinds = {
  async dense(onResult) {
    const embedding = await TextEmbedding.create({ workers: 2 })
    for await (const _ of embedding.embed(texts)) onResult()
  },
  async late(onResult) {
    const embedding = await LateInteractionTextEmbedding.create({ workers: 2 })
    for await (const _ of embedding.embed(texts)) onResult()
  },
  async sparse(onResult) {
    const embedding = await SparseTextEmbedding.create({ workers: 2 })
    for await (const _ of embedding.embed(texts)) onResult()
  },
  async splade(onResult) {
    const embedding = await SparseTextEmbedding.create({ workers: 2, model: process.env.TINY_SPLADE })
    for await (const _ of embedding.embed(texts)) onResult()
  },
  async reranker(onResult) {
    const reranker = await TextCrossEncoder.create({ workers: 2, model: process.env.TINY_RERANKER })
    for await (const _ of reranker.rerank('which one?', texts)) onResult()
  },
  async pools(onResult) {
    await Promise.all([kinds.dense(onResult), kinds.dense(onResult), kinds.late(onResult)])
  },
  async opening(onResult) {
    setImmediate(onResult)
    await Promise.all([kinds.dense(() => {}), TextEmbedding.create({ workers: 1, precision: 'int8' })])
  },
  async here(onResult) {
    const encoder = await openEncoder({ dense: DENSE })
    for (const text of texts) {
      await encoder.encode([text], 'query')
      onResult()
    }
  },
}

const leaves = {
  exit: () => process.exit(0),
  throw: () => {
    throw new Error('nobody catches this')
  },
  reject: () => void Promise.reject(new Error('nobody catches this')),
  SIGTERM: () => process.kill(process.pid, 'SIGTERM'),
  'exit-from-signal': () => {
    process.on('SIGTERM', () => process.exit(143))
    process.kill(process.pid, 'SIGTERM')
  },
}

if (how === 'exit-in-earlier-listener') process.on('exit', () => process.exit(3))
/** Somewhere in the middle of a run, in milliseconds after a result; or of what is done until models are open. */
const delayMs = Math.random() * (kind === 'opening' ? 1000 : 60)
const leaveSoon = (leave) => {
  let isLeaving = false
  return () => {
    if (isLeaving) return
    isLeaving = true
    setTimeout(leave, delayMs)
  }
}

if (!isMainThread) {
  await kinds[kind](leaveSoon(() => (how === 'thread-exit' ? process.exit(5) : process.stdout.write('embedding\n'))))
} else if (how === 'terminate' || how.startsWith('thread-')) {
  const thread = new Worker(fileURLToPath(import.meta.url), { workerData: [how, kind], stdout: true })
  thread.stdout.once('data', async () => {
    if (how === 'thread-left') process.exit(0)
    await thread.terminate()
    process.stdout.write('the other thread is gone\n')
  })
  thread.once('exit', (code) => {
    if (how === 'thread-exit' && code !== 5) throw new Error(`expected the thread to end with 5, got ${code}`)
    process.stdout.write('the program goes on\n')
  })
} else {
  const leave = leaves[how] ?? leaves.exit
  await kinds[kind](
    leaveSoon(() => {
      if (how === 'exit-in-later-listener') process.on('exit', () => process.exit(3))
      leave()
    }),
  )
}
