import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeDocuments } from '../../src/pipeline/documents/encode-documents.js'
import { EncoderPool } from '../../src/pool/encoder-pool.js'
import { describeEncoder } from '../encoders/encoder.contract.js'

const BM25 = 'Qdrant/bm25'
const DENSE = 'sentence-transformers/all-MiniLM-L6-v2'
/** Enough for a worker with BM25 and ordinary texts, too little to count the words of the text below. */
const HEAP_BYTES = 40 * 2 ** 20

/** Some megabytes of words that all differ. */
const poison = Array.from({ length: 500_000 }, (_, i) => `w${i.toString(36)}x`).join(' ')

const deaths: { reason: string; texts: number }[] = []
let pool: EncoderPool
beforeAll(async () => {
  pool = await EncoderPool.create({
    workers: 1,
    isolation: 'processes',
    workerHeapBytes: HEAP_BYTES,
    onWorkerDeath: (reason, texts) => deaths.push({ reason, texts }),
  })
})
afterAll(() => pool.close())

const placed = (text: string, line: number) => ({
  document: { id: line, text, payload: {} },
  place: { file: 'memory.jsonl', line },
  record: line - 1,
})

describe('a worker process that runs out of memory', () => {
  test('is reported and replaced; its batch is tried in halves down to the document that is rejected', async () => {
    const texts = ['one', 'two', poison, 'four', 'five']
    const encoder = pool.encoder({ sparse: BM25 })
    const { encoded, rejected } = await encodeDocuments(
      texts.map((text, i) => placed(text, i + 1)),
      encoder,
      'document',
    )
    expect(encoded.map(({ document }) => document.text)).toEqual(['one', 'two', 'four', 'five'])
    expect(JSON.stringify(rejected)).toMatch(/"line":3.*"code":"WORKER_DIED"/)
    expect(deaths.map(({ texts }) => texts)).toEqual([5, 3, 1])
    for (const { reason } of deaths) expect(reason).toMatch(/^its process ended (?:by SIG|with code )/)
    expect(pool.activity).toMatchObject({ working: 0, waiting: 0, deaths: 3 })
    expect((await encoder.encode(['still there'], 'document')).tokens.length).toBe(1)
  })
})

describe('worker processes', () => {
  test('give the same bits as threads, and one that is killed from outside costs nothing but its batch', async () => {
    await using threads = await EncoderPool.create({ workers: 1 })
    await using processes = await EncoderPool.create({ workers: 2, isolation: 'processes' })
    const spec = { dense: DENSE, sparse: BM25 }
    const texts = Array.from({ length: 40 }, (_, i) => `Text number ${i} ${'about cartilage '.repeat(i % 12)}`)
    const documents = texts.map((text, i) => placed(text, i + 1))
    await processes.encoder(spec).encode(['warm'], 'document')
    const running = encodeDocuments(documents, processes.encoder(spec), 'document')
    // the other pool's process is told by the limit of its heap
    const workers = childrenOf(process.pid).filter(
      ({ command }) => command.includes('encode-process.js') && !command.includes('--max-old-space-size'),
    )
    expect(workers).toHaveLength(2)
    for (const { pid } of workers) process.kill(pid, 'SIGKILL')
    const { encoded, rejected } = await running
    expect(rejected).toEqual([])
    const wanted = await threads.encoder(spec).encode(texts, 'document')
    for (const [i, { batch, index }] of encoded.entries()) {
      const [from, to] = [index * 384, (index + 1) * 384]
      expect(batch.dense!.values.slice(from, to)).toEqual(wanted.dense!.values.slice(i * 384, (i + 1) * 384))
    }
  })

  test('end with their pool', async () => {
    const own = await EncoderPool.create({ workers: 2, isolation: 'processes' })
    await own.encoder({ sparse: BM25 }).encode(['one'], 'document')
    const before = childrenOf(process.pid).length
    await own.close()
    expect(childrenOf(process.pid).length).toBe(before - 2)
  })
})

describeEncoder('A pool of processes', { sparse: true }, async () => pool.encoder({ sparse: BM25 }))

function childrenOf(pid: number): { pid: number; command: string }[] {
  const lines = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(pid)], { encoding: 'utf8' })
    .trim()
    .split('\n')
  return lines.map((line) => {
    const [, child, command] = /^\s*(\d+)\s+(.*)$/.exec(line)!
    return { pid: Number(child), command: command! }
  })
}
