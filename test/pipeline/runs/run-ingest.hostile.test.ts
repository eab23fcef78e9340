import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pointId } from '../../../src/document.js'
import { readDocuments } from '../../../src/inputs/read-documents.js'
import { type CollectionPlan, planCollection } from '../../../src/pipeline/collection/collection-plan.js'
import type { Rejection } from '../../../src/pipeline/documents/good-documents.js'
import { ingest } from '../../../src/pipeline/runs/ingest.js'
import { EncoderPool } from '../../../src/pool/encoder-pool.js'
import { MemoryStore } from '../../../src/stores/memory.js'
import { runCli } from '../../cli/run-cli.js'
import { HOSTILE_CASES } from '../../inputs/hostile-cases.js'

const isRejection = (outcome: string) => /^[A-Z][A-Z0-9_]+@(?:\d+|-)$/.test(outcome)

let folder: string
let pool: EncoderPool
let plan: CollectionPlan
/** Path of each case's file, in a folder of its own. */
let files: readonly string[]

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'offgrid-hostile-'))
  files = HOSTILE_CASES.map(([, name, content], i) => {
    mkdirSync(join(folder, String(i)))
    writeFileSync(join(folder, String(i), name), content)
    return join(String(i), name)
  })
  pool = await EncoderPool.create({ workers: 2 })
  plan = await planCollection({ sparse: 'Qdrant/bm25' })
})
afterAll(async () => {
  await pool.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('ingesting hostile inputs', () => {
  test('there are at least 60 kinds of them', () => {
    expect(new Set(HOSTILE_CASES.map(([name]) => name)).size).toBeGreaterThanOrEqual(60)
  })

  test('of every file each good document is in the store and each other is rejected with its place and reason', async () => {
    for (const [i, [name, , , expected]] of HOSTILE_CASES.entries()) {
      const store = new MemoryStore()
      const rejections: Rejection[] = []
      const ids = new Map<unknown, string>()
      const path = join(folder, files[i]!)
      for await (const batch of readDocuments([path])) {
        for (const record of batch) {
          // of documents with the same id the last is stored
          if (record.kind === 'document') ids.set(pointId(record.document), record.document.text)
        }
      }
      const summary = await ingest(
        readDocuments([path]),
        { store, collection: 'docs', plan, encoder: pool.encoder(plan.spec) },
        {
          onRejected: (rejection) => rejections.push(rejection),
        },
      )
      const good = expected.filter((outcome) => !isRejection(outcome))
      expect({ name, documents: summary.documents, failed: summary.failed }).toEqual({
        name,
        documents: good.length,
        failed: expected.length - good.length,
      })
      const { points } = await store.scroll('docs', { limit: 20_000 })
      const texts = points.map(({ payload }) => payload?.document)
      expect(new Set(texts)).toEqual(new Set(ids.values()))
      for (const text of texts) expect(good).toContain(text)
      const outcomes = rejections.map(({ code, place }) => `${code}@${place.line ?? place.row ?? '-'}`)
      expect(outcomes).toEqual(expected.filter(isRejection))
      for (const { reason } of rejections) expect(reason).toMatch(/^Expected /)
    }
  })

  test('all of them in one command end with exit code 3, and --errors explains every rejection by file and code', async () => {
    const args = ['ingest', ...files, '--vectors', 'bm25', '--errors', 'errors.jsonl', '--json', '--quiet']
    const { code, signal, stdout, stderr } = await runCli(args, { cwd: folder })
    expect({ code, signal, stderr }).toEqual({ code: 3, signal: null, stderr: '' })
    const outcomes = HOSTILE_CASES.flatMap(([, , , expected]) => expected)
    const failed = outcomes.filter(isRejection).length
    expect(JSON.parse(stdout)).toMatchObject({ documents: outcomes.length - failed, failed })
    const lines = readFileSync(join(folder, 'errors.jsonl'), 'utf8').trim().split('\n')
    const byFile = new Map<string, string[]>()
    for (const line of lines) {
      const { file, code } = JSON.parse(line) as { file: string; code: string }
      byFile.set(file, [...(byFile.get(file) ?? []), code])
    }
    for (const [i, [name, fileName, , expected]] of HOSTILE_CASES.entries()) {
      const codes = byFile.get(files[i]!) ?? []
      const wanted = expected.filter(isRejection).map((outcome) => outcome.slice(0, outcome.indexOf('@')))
      expect({ name, fileName, codes }).toEqual({ name, fileName: basename(files[i]!), codes: wanted })
    }
  })
})
