import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCli } from '../run-cli.js'

const NOUNS =
  'market window river garden letter doctor teacher engine bottle camera planet pencil forest bridge castle mirror ticket hammer spider rocket island basket dragon pillow'.split(
    ' ',
  )

let cwd: string
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'offgrid-evidence-'))
  const jsonl = (rows: object[]) => rows.map((row) => JSON.stringify(row)).join('\n')
  const write = (name: string, nouns: readonly string[]) => {
    mkdirSync(join(cwd, name))
    const documents = NOUNS.map((noun) => ({ _id: noun, text: `Of ${noun}s there is much to say.` }))
    writeFileSync(join(cwd, name, 'corpus.jsonl'), jsonl(documents))
    writeFileSync(join(cwd, name, 'queries.jsonl'), jsonl(nouns.map((noun) => ({ _id: `q-${noun}`, text: noun }))))
    writeFileSync(join(cwd, name, 'qrels.txt'), nouns.map((noun) => `q-${noun} 0 ${noun} 1`).join('\n'))
  }
  write('set', NOUNS)
  write('few', NOUNS.slice(0, 10))
})
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

const offgrid = (...args: readonly string[]) => runCli(args, { cwd })

test('a run that is worse than its baseline exits with 4 and says so; one that is as good exits with 0', async () => {
  const bm25 = ['eval', 'set', '--methods', 'bm25', '--metrics', 'nDCG@10,MAP']
  const first = await offgrid(...bm25, '--json', '--run', 'first.run')
  expect(first.code).toBe(0)
  writeFileSync(join(cwd, 'last.json'), first.stdout)
  expect(JSON.parse(first.stdout)).toMatchObject({
    methods: { bm25: { 'nDCG@10': 1, 'AP@100': 1 } },
    perQuery: { metric: 'nDCG@10', queries: NOUNS.map((noun) => `q-${noun}`), values: { bm25: NOUNS.map(() => 1) } },
  })
  const run = readFileSync(join(cwd, 'first.run'), 'utf8').trim().split('\n')
  expect(run).toHaveLength(NOUNS.length)
  expect(run[0]).toMatch(/^q-market Q0 market 1 [\d.]+ offgrid-bm25$/)

  const same = await offgrid(...bm25, '--baseline', 'first.run')
  expect(same).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/bm25 is as good as first\.run: nDCG@10 1\.0000/),
  })
  // Hungarian has no plural in s: the questions' words are not those of the documents any more
  for (const baseline of ['last.json', 'first.run']) {
    const worse = await offgrid(...bm25, '--language', 'hungarian', '--baseline', baseline, '--json')
    expect(worse.code).toBe(4)
    expect(worse.stderr).toContain(`bm25 is worse than ${baseline}: nDCG@10 1.0000 before, 0.0000 now (−1.0000`)
    expect(JSON.parse(worse.stdout).baseline).toMatchObject({
      methods: [{ method: 'bm25', difference: -1, isSignificant: true, before: 1, now: 0, queries: NOUNS.length }],
    })
  }
  const other = await offgrid(...bm25.slice(0, 4), '--metrics', 'R@10', '--baseline', 'last.json')
  expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining('BASELINE_INVALID') })
})

test('tuned weights are written for search and ingest where their gain is hardly by chance, and refused where it may be', async () => {
  const few = await offgrid('eval', 'few', '--tune', '--methods', 'default')
  expect(few).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/at least 20 questions .*got 10.*TOO_FEW_QUESTIONS/),
  })
  const equal = await offgrid('eval', 'set', '--tune', '--methods', 'default', '--out', 'weights.json', '--json')
  expect(equal).toMatchObject({ code: 2, stderr: expect.stringContaining('GAIN_NOT_SIGNIFICANT') })
  expect(existsSync(join(cwd, 'weights.json'))).toBe(false)
  expect(JSON.parse(equal.stdout).tuned).toMatchObject({
    weights: { dense: 1, bm25: 1, late: 1 },
    questions: NOUNS.length,
    isSignificant: false,
  })
  const forced = await offgrid('eval', 'few', '--tune', '--methods', 'default', '--out', 'weights.json', '--force')
  expect(forced).toMatchObject({ code: 0, stderr: expect.stringContaining('offgrid ingest … --weights weights.json') })
  const { weights } = JSON.parse(readFileSync(join(cwd, 'weights.json'), 'utf8'))
  expect(weights).toEqual({ dense: 1, bm25: 1, late: 1 })
  const none = await offgrid('search', 'river', '--weights', 'nowhere.json')
  expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('got nowhere.json') })
  expect((await offgrid('eval', 'set', '--methods', 'bm25', '--out', 'x.json')).code).toBe(2)
  expect((await offgrid('eval', 'set', '--methods', 'bm25', '--tune')).code).toBe(2)
})
