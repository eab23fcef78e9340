import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Document } from '../../../src/document.js'
import { readDocuments } from '../../../src/inputs/read-documents.js'
import { type CollectionPlan, planCollection } from '../../../src/pipeline/collection/collection-plan.js'
import { describeColumns } from '../../../src/pipeline/runs/describe-columns.js'
import { estimateIngest } from '../../../src/pipeline/runs/estimate-ingest.js'
import { ingest } from '../../../src/pipeline/runs/ingest.js'
import { EncoderPool } from '../../../src/pool/encoder-pool.js'
import { MemoryStore } from '../../../src/stores/memory.js'

/** Records of the file are alike, but not equal. */
const TOLERANCE = 0.05

let folder: string
let file: string
let pool: EncoderPool
let plan: CollectionPlan
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'offgrid-estimate-'))
  file = join(folder, 'corpus.jsonl')
  // other files' tests estimate, too
  vi.stubEnv('TMPDIR', folder)
  const lines = Array.from({ length: 4000 }, (_, i) =>
    i % 10 === 9
      ? '{"id":1}'
      : JSON.stringify({ id: i + 1, title: `About ${i}`, text: 'cartilage hurts '.repeat(1 + (i % 5)) }),
  )
  writeFileSync(file, lines.join('\n'))
  pool = await EncoderPool.create({ workers: 1 })
  plan = await planCollection({ sparse: 'Qdrant/bm25' })
})
afterAll(async () => {
  await pool.close()
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

const leftOvers = () => readdirSync(folder).filter((name) => name.startsWith('offgrid-dry-run-'))

describe('an estimate of an ingest', () => {
  test('comes near to what the ingest gives, and leaves nothing behind', async () => {
    const before = leftOvers()
    const size = statSync(file).size
    const fractionAt = ({ byteOffset = 0 }: { byteOffset?: number }) => byteOffset / size
    const estimate = (await estimateIngest(readDocuments([file]), plan, pool.encoder(plan.spec), { fractionAt }))!
    const summary = await ingest(readDocuments([file]), {
      store: new MemoryStore(),
      collection: 'docs',
      plan,
      encoder: pool.encoder(plan.spec),
    })
    expect(estimate).toMatchObject({ basis: 'estimated', truncated: 0 })
    for (const [name, real] of Object.entries({ ...summary, records: summary.read })) {
      if (!['records', 'documents', 'failed', 'points', 'tokens'].includes(name)) continue
      const value = estimate[name as 'records'] / (real as number)
      expect(Math.abs(value - 1), name).toBeLessThan(TOLERANCE)
    }
    expect(estimate.sizeBytes).toBeGreaterThan(100 * estimate.points)
    expect(leftOvers()).toEqual(before)
  })

  test('counts all records where bytes do not tell, and is exact where the sample is all', async () => {
    const options = { fractionAt: () => null }
    const counted = await estimateIngest(readDocuments([file]), plan, pool.encoder(plan.spec), options)
    expect(counted).toMatchObject({ basis: 'counted', records: 4000 })
    const small = join(folder, 'small.jsonl')
    writeFileSync(small, '{"id":1,"text":"a"}\n{"id":2,"text":"b"}\n{')
    expect(await estimateIngest(readDocuments([small]), plan, pool.encoder(plan.spec), options)).toMatchObject({
      basis: 'counted',
      sample: 3,
      records: 3,
      documents: 2,
      failed: 1,
      points: 2,
    })
    const empty = join(folder, 'empty.jsonl')
    writeFileSync(empty, '')
    expect(await estimateIngest(readDocuments([empty]), plan, pool.encoder(plan.spec), options)).toMatchObject({
      records: 0,
      points: 0,
      columns: [],
    })
  })

  test('that is interrupted is none', async () => {
    const options = { fractionAt: () => null, signal: AbortSignal.abort() }
    expect(await estimateIngest(readDocuments([file]), plan, pool.encoder(plan.spec), options)).toBeNull()
  })
})

test('fields are told by what the documents were made of', () => {
  const document = (id: number, title: string, text: string, more: object): Document => ({
    id,
    text: `${title} ${text}`,
    payload: { nr: id, Title: title, Abstract: text, ...more },
  })
  const documents = [
    document(1, 'Cats', 'They purr a lot.', { lang: 'en', year: 1999 }),
    document(2, 'Dogs', 'They bark.', { lang: 'th', empty: '' }),
  ]
  expect(describeColumns(documents)).toEqual([
    { name: 'nr', share: 1, role: 'id' },
    { name: 'Title', share: 1, role: 'title' },
    { name: 'Abstract', share: 1, role: 'text' },
    { name: 'lang', share: 1, role: null },
    { name: 'year', share: 0.5, role: null },
    { name: 'empty', share: 0.5, role: null },
  ])
})
