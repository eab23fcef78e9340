import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { renderHtml } from '../../src/bench/report/render-html.js'
import type { BenchReport, RowResult } from '../../src/bench/report/report.js'
import { runCli } from '../cli/run-cli.js'
import { CHROMIUM, findBarriers, type OpenedBrowser, openBrowser, takePicture } from './chromium.js'

const QUESTIONS = 171
const MAX_PICTURE_BYTES = 200_000

const row = (name: string, title: string, median: number, more: Partial<RowResult> = {}): RowResult => ({
  ...{ name, title, unit: 'texts/s', median, values: [median * 0.97, median], tokensPerSecond: median * 240 },
  ...{ peakRssBytes: 3.6e8, ratios: {}, vectors: {}, measurements: [], ...more },
})
const measured = { value: 1, seconds: 1, texts: 1, tokens: 1, peakRssBytes: 1 }
const details = { 'nDCG@10': { dense: 0.645, bm25: 0.665 }, confidence: { dense: [0.6, 0.69], bm25: [0.62, 0.71] } }
const BENCH: BenchReport = {
  environment: {
    ...{ date: '2026-01-02T03:04:05.000Z', version: '0.1.0', gitCommit: null, node: '20.19.0', onnxRuntime: '1.30.0' },
    ...{
      system: 'linux x64',
      cpu: 'CPU',
      cpuFeatures: null,
      cores: 2,
      usableCores: 2,
      memoryBytes: 24e9,
      loadAverage: [0, 0, 0],
    },
  },
  parameters: {
    ...{ corpus: 'notes', documents: 10, characters: 12_345, rounds: 2, rows: [], peers: ['fastembed'], workers: 2 },
    ...{ maxTokens: null, quality: true },
  },
  rows: [
    row('dense-fp32', 'dense, fp32', 23.4, { 'nDCG@10': 0.6451 }),
    row('dense-int8', 'dense, int8', 32.3, { 'nDCG@10': 0.6432 }),
    row('bm25', 'BM25', 1680, { 'nDCG@10': 0.665 }),
    row('fastembed', 'fastembed', 17.5),
    row('query-fp32', 'hybrid search on the local store, p50, fp32', 26.6, { unit: 'ms' }),
    row('quality-int8', 'whole corpus', 30, { measurements: [{ ...measured, details }] }),
  ],
  ...{ calibration: {}, goals: [], failures: [], notMeasured: ['GPUs'], seconds: 12 },
}

describe.skipIf(CHROMIUM === null)('reports in a browser', () => {
  let folder: string
  let browser: OpenedBrowser
  let reports: Readonly<Record<'eval' | 'bench', string>>

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'offgrid-reports-'))
    const sample = readFileSync('bench/sample/medical-qa.jsonl', 'utf8').trim().split('\n').slice(0, QUESTIONS)
    const records = sample.map((line) => JSON.parse(line) as Record<string, string>)
    const write = (name: string, lines: readonly object[]) =>
      writeFileSync(join(folder, 'medical-qa', name), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    mkdirSync(join(folder, 'medical-qa'))
    write(
      'corpus.jsonl',
      records.map(({ qa_id, passage_text }) => ({ _id: qa_id, text: passage_text })),
    )
    write(
      'queries.jsonl',
      records.map(({ qa_id, question }) => ({ _id: `q-${qa_id}`, text: question })),
    )
    writeFileSync(
      join(folder, 'medical-qa', 'qrels.tsv'),
      `query-id\tcorpus-id\tscore\n${records.map(({ qa_id }) => `q-${qa_id}\t${qa_id}\t1\n`).join('')}`,
    )
    const asked = ['medical-qa', '--precision', 'int8', '--methods', 'dense,bm25,late,dbsf,default']
    const done = await runCli(['eval', ...asked, '--report', 'eval.html', '--json'], { cwd: folder })
    expect(done).toMatchObject({ code: 0 })
    writeFileSync(join(folder, 'bench.html'), renderHtml(BENCH))
    const address = (name: string) => pathToFileURL(join(folder, name)).href
    reports = { eval: address('eval.html'), bench: address('bench.html') }
    browser = await openBrowser({ viewport: { width: 1100, height: 900 } })
  })
  afterAll(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test.each(['eval', 'bench'] as const)(
    'the report of %s is read by everybody, in the dark, on a phone and on paper',
    async (name) => {
      const page = await browser.context.newPage()
      for (const colorScheme of ['dark', 'light'] as const) {
        await page.emulateMedia({ colorScheme })
        await page.goto(reports[name])
        expect(await findBarriers(page)).toEqual([])
      }
      expect(await page.locator('svg').count()).toBeGreaterThanOrEqual(4)
      const overlaps = await page.evaluate(`[...document.querySelectorAll('svg')].flatMap((svg) => {
      const boxes = [...svg.querySelectorAll('text')].map((text) => [text.textContent, text.getBoundingClientRect()])
      return boxes.flatMap(([a, one], i) => boxes.slice(i + 1).flatMap(([b, two]) =>
        one.left < two.right - 1 && two.left < one.right - 1 && one.top < two.bottom - 4 && two.top < one.bottom - 4 ? [a + ' on ' + b] : []))
    })`)
      expect(overlaps).toEqual([])
      if (name === 'eval') expect(await takePicture(page, 'report')).toBeLessThan(MAX_PICTURE_BYTES)
      await page.setViewportSize({ width: 360, height: 740 })
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360)
      await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
      expect(await page.evaluate('getComputedStyle(document.body).color')).toBe('rgb(0, 0, 0)')
      await page.close()
    },
  )

  test('a report asks for nothing', () => {
    expect(new Set(browser.asked)).toEqual(new Set(Object.values(reports)))
    expect(browser.complaints).toEqual([])
  })
})
