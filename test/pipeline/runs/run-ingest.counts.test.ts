import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { readDocuments } from '../../../src/inputs/read-documents.js'
import { type CollectionPlan, planCollection } from '../../../src/pipeline/collection/collection-plan.js'
import type { IngestOptions } from '../../../src/pipeline/runs/ingest.js'
import { type RunSummary, runIngest } from '../../../src/pipeline/runs/run-ingest.js'
import { EncoderPool } from '../../../src/pool/encoder-pool.js'
import { MemoryStore } from '../../../src/stores/memory.js'
import { HOSTILE_CASES } from '../../inputs/hostile-cases.js'

/** Inputs beyond are slow to read, and of the same kinds as others. */
const LARGEST_CASE = 100_000

let pool: EncoderPool
let whole: CollectionPlan
let chunked: CollectionPlan
let folder: string
beforeAll(async () => {
  pool = await EncoderPool.create({ workers: 2 })
  const model = 'sentence-transformers/all-MiniLM-L6-v2'
  whole = await planCollection({ sparse: 'Qdrant/bm25' })
  chunked = await planCollection({ sparse: 'Qdrant/bm25' }, { chunking: { maxTokens: 8, model } })
})
afterAll(() => pool.close())
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'offgrid-counts-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

interface Input {
  readonly sources: readonly string[]
  readonly stdin?: string
}

function run(store: MemoryStore, { sources, stdin }: Input, plan = whole, options: Partial<IngestOptions> = {}) {
  const request = { folder: join(folder, 'runs'), args: ['ingest', ...sources], sources, reading: {} }
  const records = readDocuments(sources, stdin === undefined ? {} : { stdin: Readable.from([stdin]) })
  return runIngest(request, records, { store, collection: 'docs', plan, encoder: pool.encoder(plan.spec) }, options)
}

const sumOf = ({ stored, unchanged, failed, repeated, merged }: RunSummary) =>
  stored + unchanged + failed + repeated + merged

/** Files of every hostile kind, in folders of their own. */
function hostileFiles(): { sources: string[]; records: number } {
  const cases = HOSTILE_CASES.filter(([, , content]) => content.length <= LARGEST_CASE)
  const sources = cases.map(([, name, content], i) => {
    mkdirSync(join(folder, String(i)))
    writeFileSync(join(folder, String(i), name), content)
    return join(folder, String(i), name)
  })
  return { sources, records: cases.reduce((sum, [, , , outcomes]) => sum + outcomes.length, 0) }
}

describe('every record of an input is counted once', () => {
  test.each(['whole', 'chunked'])(
    'over all hostile files at once, and a second run embeds nothing (%s)',
    async (kind) => {
      const { sources, records } = hostileFiles()
      const plan = kind === 'whole' ? whole : chunked
      const store = new MemoryStore()
      const first = await run(store, { sources }, plan)
      expect(first.read).toBe(records)
      expect(sumOf(first)).toBe(records)
      expect(first.points).toBe(await store.count('docs'))
      expect(Math.min(first.failed, first.repeated, first.merged)).toBeGreaterThan(0)
      const second = await run(store, { sources }, plan)
      expect(second).toMatchObject({ read: records, stored: 0, encoded: 0, points: 0, tokens: 0, failed: first.failed })
      expect(sumOf(second)).toBe(records)
    },
  )

  test('over a folder of texts with empty, equal and undecodable ones', async () => {
    for (const [path, content] of Object.entries({
      'a/README.md': '# Cats',
      'b/README.md': '# Dogs',
      'b/empty.txt': '',
      'b/latin.txt': Buffer.from('café', 'latin1'),
      'b/same.txt': '# Dogs',
    })) {
      mkdirSync(join(folder, 'texts', path, '..'), { recursive: true })
      writeFileSync(join(folder, 'texts', path), content)
    }
    const store = new MemoryStore()
    const sources = [join(folder, 'texts')]
    expect(await run(store, { sources })).toMatchObject({ read: 5, stored: 3, failed: 2, points: 3 })
    expect(await run(store, { sources })).toMatchObject({ read: 5, stored: 0, unchanged: 3, failed: 2 })
  })

  test('over a run that is interrupted and continued', async () => {
    const lines = Array.from({ length: 6000 }, (_, i) => JSON.stringify({ id: i % 5000, text: `text ${i % 3000}` }))
    const file = join(folder, 'corpus.jsonl')
    writeFileSync(file, [...lines, '{', '{"text":"x"}', '{"text":"x"}'].join('\n'))
    const store = new MemoryStore()
    const controller = new AbortController()
    const options = { signal: controller.signal, onProgress: () => controller.abort() }
    const interrupted = await run(store, { sources: [file] }, whole, options)
    expect(interrupted.interrupted).toBe(true)
    expect(sumOf(interrupted)).toBe(interrupted.read)
    expect(interrupted.points).toBe(await store.count('docs'))
    const resumed = await run(store, { sources: [file] })
    expect(resumed).toMatchObject({ read: 6003, failed: 1, repeated: 1000, merged: 1, unchanged: interrupted.stored })
    expect(sumOf(resumed)).toBe(6003)
    expect(interrupted.points + resumed.points).toBeGreaterThanOrEqual(5001)
    expect(await run(store, { sources: [file] })).toMatchObject({
      encoded: 0,
      points: 0,
      repeated: 1000,
      unchanged: 5001,
    })
  })

  test('whatever comes in whatever order, from a file and from stdin, whole and in chunks', async () => {
    interface Line {
      readonly id?: number | string
      readonly text?: string
    }
    const ids = [{ id: 1 }, { id: 2 }, { id: 'three' }, {}]
    const texts = ['one', 'one two', 'a text of many words that is cut into several chunks. Of two sentences.']
    const good = ids.flatMap((id) => texts.map((text): Line => ({ ...id, text })))
    const bad: Line[] = [{ id: 1 }, { id: 2, text: ' ' }]
    const record = fc.constantFrom(...good, ...good, ...bad)
    /** What one document is, as the documents say. */
    const keyOf = ({ id, text }: Line) => (id === undefined ? `text ${text}` : `id ${id}`)
    const different = (some: readonly Line[]) => new Set(some.map(keyOf)).size
    let round = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { maxLength: 12 }),
        fc.boolean(),
        fc.boolean(),
        async (records, isFile, cut) => {
          round += 1
          const plan = cut ? chunked : whole
          const content = records.map((each) => JSON.stringify(each)).join('\n')
          const file = join(folder, `${round}.jsonl`)
          writeFileSync(file, content)
          const input = isFile ? { sources: [file] } : { sources: ['-'], stdin: content }
          rmSync(join(folder, 'runs'), { recursive: true, force: true })
          const store = new MemoryStore()
          const first = await run(store, input, plan)
          const well = records.filter((each) => good.includes(each))
          const named = well.filter((each) => each.id !== undefined)
          const unnamed = well.filter((each) => each.id === undefined)
          const [repeated, merged] = [named.length - different(named), unnamed.length - different(unnamed)]
          const counts = { read: records.length, failed: records.length - well.length, repeated, merged }
          expect(first).toMatchObject({ ...counts, stored: different(well), unchanged: 0 })
          expect(first.points).toBe(await store.count('docs'))
          const second = await run(store, input, plan)
          expect(second).toMatchObject({ ...counts, stored: 0, unchanged: different(well), encoded: 0, points: 0 })
          // the last version of each is what is there
          const last = new Map(well.map((each) => [keyOf(each), String(each.text)]))
          const { points } = await store.scroll('docs', { limit: 100 })
          for (const text of last.values())
            expect(points.some(({ payload }) => text.startsWith(String(payload?.document)))).toBe(true)
        },
      ),
      { numRuns: 40 },
    )
  })
})

describe('documents of one id in two inputs', () => {
  test('of two files with ids 1 and 2 each, two points are stored, and two documents are repeated', async () => {
    const write = (name: string) => {
      writeFileSync(join(folder, name), `{"id":1,"text":"one of ${name}"}\n{"id":2,"text":"two of ${name}"}`)
      return join(folder, name)
    }
    const store = new MemoryStore()
    const summary = await run(store, { sources: [write('a.jsonl'), write('b.jsonl')] })
    expect(summary).toMatchObject({ read: 4, stored: 2, points: 2, repeated: 2, encoded: 4 })
    expect(summary.firstRepeated).toEqual({
      id: 1,
      place: expect.objectContaining({ file: join(folder, 'b.jsonl'), line: 1 }),
    })
    expect(await store.count('docs')).toBe(2)
  })
})

test('a stream that ends before the version that an earlier one had leaves the earlier version', async () => {
  const line = (text: string) => JSON.stringify({ id: 1, text })
  const store = new MemoryStore()
  await run(store, { sources: ['-'], stdin: [line('first'), line('last')].join('\n') })
  const again = await run(store, { sources: ['-'], stdin: line('first') })
  expect(again).toMatchObject({ read: 1, stored: 1, points: 1 })
  expect((await store.retrieve('docs', [1]))[0]!.payload).toMatchObject({ document: 'first' })
})
