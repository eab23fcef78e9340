import { appendFileSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { readDocuments } from '../../../src/inputs/read-documents.js'
import { type CollectionPlan, planCollection } from '../../../src/pipeline/collection/collection-plan.js'
import type { IngestOptions } from '../../../src/pipeline/runs/ingest.js'
import { type RunRequest, runIngest } from '../../../src/pipeline/runs/run-ingest.js'
import { listRuns } from '../../../src/pipeline/runs/run-records.js'
import { EncoderPool } from '../../../src/pool/encoder-pool.js'
import { MemoryStore } from '../../../src/stores/memory.js'

/** More than the pool has under way at once. */
const DOCUMENTS = 5000

let pool: EncoderPool
let plan: CollectionPlan
beforeAll(async () => {
  pool = await EncoderPool.create({ workers: 2 })
  plan = await planCollection({ sparse: 'Qdrant/bm25' })
})
afterAll(() => pool.close())

let folder: string
let source: string
let store: MemoryStore
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'offgrid-runs-'))
  source = join(folder, 'corpus.jsonl')
  store = new MemoryStore()
  write(source, DOCUMENTS)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function write(file: string, count: number, text = (i: number) => `Document ${i} about cartilage`): void {
  writeFileSync(file, Array.from({ length: count }, (_, i) => JSON.stringify({ id: i, text: text(i) })).join('\n'))
}

const runs = () => listRuns(join(folder, 'runs'))

function run(options: Partial<RunRequest> & Pick<IngestOptions, 'signal' | 'onProgress'> = {}) {
  const { signal, onProgress, ...request } = options
  const sources = request.sources ?? [source]
  return runIngest(
    { folder: join(folder, 'runs'), args: ['ingest', ...sources], sources, reading: {}, ...request },
    readDocuments(sources),
    { store, collection: 'docs', plan, encoder: pool.encoder(plan.spec) },
    { ...(signal && { signal }), ...(onProgress && { onProgress }) },
  )
}

/** Stops a run after its first batches. */
async function interrupt(): Promise<number> {
  const controller = new AbortController()
  const summary = await run({ signal: controller.signal, onProgress: () => controller.abort() })
  expect(summary).toMatchObject({ interrupted: true })
  expect(summary.settledRecords).toBeGreaterThan(0)
  expect(summary.settledRecords).toBeLessThan(DOCUMENTS)
  return summary.settledRecords
}

describe('a journaled run', () => {
  test('is continued under its id by the same command, and the next command after its end is another run', async () => {
    const settled = await interrupt()
    expect(await runs()).toMatchObject([{ state: 'interrupted', progress: { settledRecords: settled } }])
    const summary = await run()
    expect(summary).toMatchObject({ documents: DOCUMENTS, unchanged: settled, settledRecords: DOCUMENTS })
    expect(await runs()).toMatchObject([
      { id: summary.run, state: 'done', sessions: [{ settledRecords: 0 }, { settledRecords: settled }] },
    ])
    expect(await run()).toMatchObject({ points: 0, unchanged: DOCUMENTS })
    expect(await runs()).toHaveLength(2)
  })

  test('does not believe its journal where the store says otherwise: a point that is gone is stored again', async () => {
    await interrupt()
    await store.delete('docs', [0, 3])
    expect(await run()).toMatchObject({ documents: DOCUMENTS })
    expect(await store.count('docs')).toBe(DOCUMENTS)
  })

  test('whose journal ends in half a line goes on from the line before', async () => {
    const settled = await interrupt()
    const [name] = readdirSync(join(folder, 'runs'))
    const path = join(folder, 'runs', name!)
    appendFileSync(path, '00000000 {"kind":"progress","settledRec')
    expect((await runs())[0]).toMatchObject({ progress: { settledRecords: settled } })
    expect(await run()).toMatchObject({ documents: DOCUMENTS, unchanged: settled })
    expect(await runs()).toMatchObject([{ state: 'done' }])
  })

  test('compares every document where the input changed, and stores those that differ', async () => {
    await interrupt()
    write(source, DOCUMENTS, (i) => `Document ${i} about ${i === 2 ? 'gout' : 'cartilage'}`)
    await run()
    expect((await runs())[0]!.sessions.at(-1)).toMatchObject({ settledRecords: 0 })
    expect((await store.retrieve('docs', [2]))[0]!.payload).toMatchObject({ text: 'Document 2 about gout' })
  })

  test('compares every document where another run wrote into the collection since', async () => {
    await interrupt()
    const other = join(folder, 'other.jsonl')
    write(other, 5, () => 'another text under the same id')
    await run({ sources: [other] })
    await run()
    expect((await store.retrieve('docs', [2]))[0]!.payload).toMatchObject({ text: 'Document 2 about cartilage' })
  })

  test('takes an input with another time of change for another input', async () => {
    const settled = await interrupt()
    const later = new Date(Date.now() + 60_000)
    utimesSync(source, later, later)
    expect(await run()).toMatchObject({ unchanged: settled })
    expect((await runs())[0]!.sessions.at(-1)).toMatchObject({ settledRecords: 0 })
  })

  test('that fails says why, and goes on when the cause is gone', async () => {
    const controller = new AbortController()
    const failing = run({
      signal: controller.signal,
      onProgress: () => {
        throw new Error('the cable was pulled')
      },
    })
    await expect(failing).rejects.toThrow('the cable was pulled')
    expect(await runs()).toMatchObject([{ state: 'failed', end: { error: { message: 'the cable was pulled' } } }])
    expect(await run()).toMatchObject({ documents: DOCUMENTS })
    expect(await runs()).toMatchObject([{ state: 'done' }])
  })

  test('keeps what was rejected, with place and reason', async () => {
    appendFileSync(source, '\n{"id":9999}\n')
    await run()
    const [only] = await runs()
    expect(only).toMatchObject({
      progress: { failed: 1 },
      rejected: [{ place: { line: DOCUMENTS + 1 }, code: 'MISSING_TEXT' }],
    })
  })

  test('of a collection that was dropped to start over is replaced', async () => {
    await interrupt()
    await store.deleteCollection('docs')
    await run({ restart: true })
    expect(await runs()).toMatchObject([{ state: 'replaced' }, { state: 'done', progress: { points: DOCUMENTS } }])
  })
})

describe('ids that come more than once in an input', () => {
  /** Side by side, and farther apart than what is under way at once. */
  const repeatAll = () => {
    const line = (id: number, text: string) => `\n${JSON.stringify({ id, text })}`
    const near = line(-1, 'near, first') + line(-1, 'near, last')
    appendFileSync(source, near + line(0, 'far, last') + line(1, 'far') + line(1, 'Document 1 about cartilage'))
  }
  const records = DOCUMENTS + 5
  const counted = { documents: records, unchanged: DOCUMENTS + 1, repeated: 4 }

  test('are stored as the last one says, and the same command again finds all unchanged and embeds nothing', async () => {
    repeatAll()
    expect(await run()).toMatchObject({ documents: records, failed: 0, points: DOCUMENTS + 1 })
    for (let again = 0; again < 2; again++) expect(await run()).toMatchObject({ ...counted, points: 0, tokens: 0 })
    expect((await store.retrieve('docs', [0, 1])).map(({ payload }) => payload?.text)).toEqual([
      'far, last',
      'Document 1 about cartilage',
    ])
    expect(await store.count('docs')).toBe(DOCUMENTS + 1)
  })

  test('are settled after a run that was interrupted and continued, too', async () => {
    repeatAll()
    await interrupt()
    await run()
    expect(await run()).toMatchObject({ ...counted, points: 0 })
  })

  test('are found anew where the input changed: what was not the last one may be it now', async () => {
    repeatAll()
    await run()
    write(source, DOCUMENTS)
    await run()
    expect((await store.retrieve('docs', [0]))[0]!.payload).toMatchObject({ text: 'Document 0 about cartilage' })
  })
})

describe('pruning', () => {
  test('deletes the points of documents that are gone, and leaves points alone that offgrid did not make', async () => {
    await run()
    const foreign = { id: 77_777, vectors: {}, payload: { document: 'put here by hand', id: 'x' } }
    await store.upsert('docs', [foreign])
    write(source, DOCUMENTS - 100)
    expect(await run({ prune: true })).toMatchObject({ documents: DOCUMENTS - 100, pruned: 100 })
    expect(await store.count('docs')).toBe(DOCUMENTS - 100 + 1)
    expect(await store.retrieve('docs', [77_777])).toHaveLength(1)
  })

  test('knows documents without an id and with an id in words by their points', async () => {
    writeFileSync(source, '{"text":"one"}\n{"id":"b","text":"two"}\n{"id":"c","text":"three"}')
    await run()
    writeFileSync(source, '{"id":"b","text":"two"}')
    expect(await run({ prune: true })).toMatchObject({ pruned: 2 })
    expect(await store.count('docs')).toBe(1)
  })

  test('deletes all chunks of a document that is gone', async () => {
    const whole = plan
    plan = await planCollection(plan.spec, {
      chunking: { maxTokens: 6, model: 'sentence-transformers/all-MiniLM-L6-v2' },
    })
    try {
      writeFileSync(
        source,
        '{"id":"a","text":"One two three. Four five six."}\n{"text":"Six five four. Three two one."}',
      )
      expect(await run()).toMatchObject({ points: 4 })
      writeFileSync(source, '{"text":"Six five four. Three two one."}')
      expect(await run({ prune: true })).toMatchObject({ pruned: 2, unchanged: 1 })
    } finally {
      plan = whole
    }
  })

  test('is not done where a record could not be read: it may be a document that is stored', async () => {
    await run()
    writeFileSync(source, '{"id":1,"text":"Document 1 about cartilage"}\n{"id":2,"te')
    expect(await run({ prune: true })).toMatchObject({ failed: 1, pruned: null })
    expect(await store.count('docs')).toBe(DOCUMENTS)
  })

  test('is not done by a run that was interrupted', async () => {
    const controller = new AbortController()
    const summary = await run({ prune: true, signal: controller.signal, onProgress: () => controller.abort() })
    expect(summary).toMatchObject({ interrupted: true, pruned: null })
  })

  test('is refused where the collection was filled from another input as well, which is named', async () => {
    const other = join(folder, 'other.jsonl')
    write(other, 5)
    await run()
    await run({ sources: [other] })
    await expect(run({ prune: true })).rejects.toMatchObject({
      code: 'PRUNE_REFUSED',
      message: expect.stringContaining(other),
    })
    expect(await run({ sources: [source, other], prune: true })).toMatchObject({ pruned: 0 })
  })
})
