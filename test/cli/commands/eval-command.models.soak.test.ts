import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { importModel } from '../../../src/encoders/models/import-model.js'
import { randomNumbers } from '../../../src/scoring/random-numbers.js'
import { makeTinyModels, readTinyFixture } from '../../encoders/tiny-models.js'
import { runCli } from '../run-cli.js'

const FIXTURES = fileURLToPath(new URL('../../parity/fixtures/architectures', import.meta.url))
const RERANKER = readTinyFixture('cross-encoder').model
const SPARSE = readTinyFixture('splade').model
const DOCUMENTS = 60
const QUESTIONS = 30

let cwd: string
beforeAll(async () => {
  cwd = await makeTinyModels('cross-encoder', 'splade')
  cpSync(join(FIXTURES, 'bert'), join(cwd, 'published'), { recursive: true })
  await importModel(join(cwd, 'published'), { name: 'test/a', modelsFolder: cwd })
  await importModel(join(cwd, 'published'), { name: 'test/b', queryPrefix: 'w20 w21 w22 w23 ', modelsFolder: cwd })
  const random = randomNumbers(3)
  const words = (count: number) => Array.from({ length: count }, () => `w${5 + Math.floor(random() * 60)}`).join(' ')
  const documents = Array.from({ length: DOCUMENTS }, (_, i) => ({ _id: `d${i}`, text: words(12) }))
  // a question is three words of the document that answers it
  const queries = documents
    .slice(0, QUESTIONS)
    .map(({ text }, i) => ({ _id: `q${i}`, text: text.split(' ').slice(0, 3).join(' ') }))
  const jsonl = (rows: object[]) => rows.map((row) => JSON.stringify(row)).join('\n')
  mkdirSync(join(cwd, 'set'))
  writeFileSync(join(cwd, 'set', 'corpus.jsonl'), jsonl(documents))
  writeFileSync(join(cwd, 'set', 'queries.jsonl'), jsonl(queries))
  writeFileSync(join(cwd, 'set', 'qrels.tsv'), queries.map((_, i) => `q${i} 0 d${i} 1`).join('\n'))
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

const run = (...args: string[]) =>
  runCli(['eval', 'set', '--workers', '1', ...args], { cwd, env: { OFFGRID_MODELS: cwd } })

interface ComparedRow {
  readonly method: string
  readonly model: string | null
  readonly difference: number | null
  readonly differenceConfidence: readonly [number, number] | null
  readonly isSignificant: boolean | null
  readonly confidence: readonly [number, number]
  readonly textsPerSecond: number
  readonly bytesPerPoint: number
  readonly 'nDCG@10': number
}

test('eval of two models shows them side by side, with intervals, costs and BM25 once, and as each alone', async () => {
  const both = await run(
    '--model',
    'test/a',
    '--model',
    'TEST/b',
    '--methods',
    'dense,bm25,dbsf',
    '--json',
    '--per-query',
    'each.jsonl',
  )
  expect(both).toMatchObject({ code: 0 })
  const result = JSON.parse(both.stdout)
  const rows = result.comparison as ComparedRow[]
  expect(rows.map(({ method, model }) => [method, model])).toEqual([
    ['dense', 'test/a'],
    ['dense', 'test/b'],
    ['bm25', null],
    ['dbsf', 'test/a'],
    ['dbsf', 'test/b'],
  ])
  expect(result).toMatchObject({
    ...{ model: 'test/a', lateModel: null, sparseModel: 'Qdrant/bm25', rerankModel: null, language: 'english' },
    confidence: { dense: rows[0]!.confidence, bm25: rows[2]!.confidence },
    methods: { dbsf: { 'nDCG@10': rows[3]!['nDCG@10'] } },
  })
  const [a, b, bm25] = rows
  // a vector of 16 float32; of BM25, 12 words of 8 bytes at most
  expect([a!.bytesPerPoint, b!.bytesPerPoint]).toEqual([64, 64])
  expect(bm25!.bytesPerPoint).toBeGreaterThan(8 * 8)
  expect(rows[3]!.bytesPerPoint).toBe(64 + bm25!.bytesPerPoint)
  for (const row of rows) expect(row.textsPerSecond).toBeGreaterThan(0)
  expect([a!.difference, bm25!.difference]).toEqual([null, null])
  expect(b!.difference).toBeCloseTo(b!['nDCG@10'] - a!['nDCG@10'], 12)
  const [low, high] = b!.differenceConfidence!
  expect(low).toBeLessThanOrEqual(b!.difference!)
  expect(high).toBeGreaterThanOrEqual(b!.difference!)
  expect(b!.isSignificant).toBe(low > 0 || high < 0)

  const lines = readFileSync(join(cwd, 'each.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines).toHaveLength(2 * QUESTIONS)
  expect(lines.at(-1)).toMatchObject({
    query: `q${QUESTIONS - 1}`,
    model: 'test/b',
    dense: { 'nDCG@10': expect.any(Number) },
  })

  const info = await runCli(['store', 'info', '--store', '.offgrid/eval', '--json'], { cwd })
  const vectors = JSON.parse(info.stdout).collections.map((each: { vectors: { name: string }[] }) =>
    each.vectors.map(({ name }) => name),
  )
  expect(vectors.map((names: string[]) => names.sort().join()).sort()).toEqual(['a,bm25', 'b'])

  const alone = JSON.parse((await run('--model', 'test/b', '--methods', 'dense,dbsf', '--json')).stdout)
  expect(alone.comparison).toBeUndefined()
  for (const [method, row] of [
    ['dense', b],
    ['dbsf', rows[4]],
  ] as const) {
    expect(alone.methods[method]['nDCG@10']).toBe(row!['nDCG@10'])
    expect(alone.confidence[method]).toEqual(row!.confidence)
  }
  const bare = JSON.parse((await run('--model', 'test/b', '--methods', 'dense', '--prompts', 'none', '--json')).stdout)
  expect(bare.methods.dense['nDCG@10']).toBe(a!['nDCG@10'])
})

test('eval takes a learned sparse model and a reranker, and prints a table of what is compared', async () => {
  const models = [
    '--sparse-model',
    'qdrant/bm25',
    '--sparse-model',
    SPARSE,
    '--rerank-model',
    RERANKER,
    '--model',
    'test/a',
  ]
  const { code, stdout } = await run(...models, '--methods', 'bm25,rerank', '--queries', '6')
  expect(code).toBe(0)
  expect(stdout).toMatch(
    /method +model +nDCG@10 .*95 % of nDCG@10 +to the first +95 % +texts\/s +bytes\/point +ms\/query/,
  )
  expect(stdout).toMatch(/bm25 +bm25 +[\d.]+ .*\nbm25 +Splade_PP_en_v1 +[\d.]+ .*[+−]\d\.\d{4}/)
  expect(stdout).toMatch(/rerank +bm25 .*\nrerank +Splade_PP_en_v1/)
})
