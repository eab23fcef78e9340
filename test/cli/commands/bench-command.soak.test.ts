import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { BenchReport } from '../../../src/bench/report/report.js'
import { runCli } from '../run-cli.js'

let cwd: string
let scratch: string
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'offgrid-bench-test-'))
  scratch = mkdtempSync(join(tmpdir(), 'offgrid-bench-test-'))
})
afterAll(() => {
  rmSync(cwd, { recursive: true, force: true })
  rmSync(scratch, { recursive: true, force: true })
})

const bench = (...args: string[]) =>
  runCli(['bench', ...args], { cwd, env: { TMPDIR: scratch, OFFGRID_BENCH_PYTHON: join(scratch, 'no-python') } })

describe('offgrid bench', () => {
  test('measures rows in processes of their own and gives one JSON object and a page', async () => {
    const result = await bench(
      ...['--documents', '8', '--rounds', '1', '--rows', 'dense-fp32,bm25', '--json', '--report', 'report.html'],
    )
    expect(result).toMatchObject({ code: 0 })
    expect(result.stdout.trim().split('\n')).toHaveLength(1)
    const report = JSON.parse(result.stdout) as BenchReport
    expect(report.environment).toMatchObject({ node: process.versions.node, cores: expect.any(Number) })
    expect(report.parameters).toMatchObject({ corpus: 'medical-qa.jsonl', documents: 8, rounds: 1 })
    expect(report.failures).toEqual([])
    expect(report.rows.map(({ name }) => name)).toEqual(['dense-fp32', 'bm25'])
    const [dense, bm25] = report.rows
    expect(dense!.measurements[0]).toMatchObject({ texts: 8, tokens: expect.any(Number) })
    expect(dense!.median).toBeCloseTo(8 / dense!.measurements[0]!.seconds)
    expect(dense!.peakRssBytes).toBeGreaterThan(bm25!.peakRssBytes!)
    expect(bm25!.tokensPerSecond).toBeNull()
    expect(report.notMeasured.join()).toContain('give --peers')
    expect(readFileSync(join(cwd, 'report.html'), 'utf8')).toContain('<svg')
    expect(readdirSync(scratch)).toEqual([])
  })

  test('a BEIR directory gives nDCG@10 of its questions over all its documents', async () => {
    const dataset = join(cwd, 'beir')
    const lines = (...records: object[]) => records.map((record) => JSON.stringify(record)).join('\n')
    mkdirSync(dataset)
    writeFileSync(
      join(dataset, 'corpus.jsonl'),
      lines({ _id: 'a', text: 'The heart pumps blood.' }, { _id: 'b', text: 'The liver makes bile.' }),
    )
    writeFileSync(join(dataset, 'queries.jsonl'), lines({ _id: 'q', text: 'Which organ pumps blood?' }))
    writeFileSync(join(dataset, 'qrels.tsv'), 'query-id\tcorpus-id\tscore\nq\ta\t1\n')
    const result = await bench(
      ...['--corpus', 'beir', '--rounds', '1', '--rows', 'tokenizer,query-fp32,dense-fp32', '--quality', '--quiet'],
    )
    expect(result).toMatchObject({ code: 0, stderr: '' })
    expect(result.stdout).toMatch(/\| dense-fp32 .* 1\.0000 \|/)
    expect(result.stdout).toMatch(/\| hybrid search on the local store, p50, fp32 \| 2 \|/)
    expect(result.stdout).toContain('## NOT MEASURED')
  })

  test('a peer that is not there is a usage error that says what it needs', async () => {
    const result = await bench('--documents', '1', '--rounds', '1', '--rows', 'dense-fp32', '--peers', 'fastembed')
    expect(result).toMatchObject({ code: 2, stdout: '' })
    expect(result.stderr).toContain('PEER_MISSING')
  })

  test('a corpus that is not there, an unknown row and an unknown peer are usage errors', async () => {
    expect(await bench('--corpus', 'nowhere.jsonl')).toMatchObject({ code: 2, stdout: '' })
    expect(await bench('--rows', 'nothing')).toMatchObject({ code: 2, stdout: '' })
    expect(await bench('--peers', 'nobody')).toMatchObject({ code: 2, stdout: '' })
    expect(existsSync(join(cwd, '.offgrid'))).toBe(false)
  })
})
