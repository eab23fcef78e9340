import { describe, expect, test } from 'vitest'
import { renderHtml } from '../../../src/bench/report/render-html.js'
import { renderMarkdown } from '../../../src/bench/report/render-markdown.js'
import type { BenchReport, RowResult } from '../../../src/bench/report/report.js'
import { escapeHtml } from '../../../src/reports/escape-html.js'

const row = (name: string, more: Partial<RowResult> = {}): RowResult => ({
  name,
  title: `title of ${name}`,
  unit: 'texts/s',
  median: 1234.5,
  values: [1200, 1234.5, null],
  tokensPerSecond: 9000.4,
  peakRssBytes: 315_400_000,
  ratios: {},
  vectors: {},
  measurements: [],
  ...more,
})

const report: BenchReport = {
  environment: {
    date: '2026-01-02T03:04:05.000Z',
    version: '0.1.0',
    gitCommit: 'abc123',
    node: '20.19.0',
    onnxRuntime: '1.30.0',
    system: 'linux x64',
    cpu: 'CPU <fast> & "good"',
    cpuFeatures: ['avx2', 'avx512_vnni'],
    cores: 2,
    usableCores: 2,
    memoryBytes: 24e9,
    loadAverage: [0.1, 0.2, 0.3],
  },
  parameters: {
    corpus: '<script>alert(1)</script>.jsonl',
    documents: 10,
    characters: 12_345,
    rounds: 3,
    rows: ['dense-fp32'],
    peers: ['fastembed'],
    workers: 2,
    maxTokens: null,
    quality: true,
  },
  rows: [
    row('dense-fp32', {
      ratios: { fastembed: 1.394, 'session-fp32': 0.95 },
      vectors: { fastembed: { vectors: 10, largestDifference: 1.8e-7, minCosine: 0.99999999, meanCosine: 1 } },
      'nDCG@10': 0.64514,
    }),
    row('fastembed', { setting: { batchSize: 32, parallel: 2 } }),
    row('cold|start', { unit: 'ms', median: null, values: [null] }),
    row('batches-fp32', {
      unit: 'tokens/s',
      measurements: [
        {
          value: 1,
          seconds: 1,
          texts: 1,
          tokens: 1,
          peakRssBytes: 1,
          details: { batchSizes: [1, 2], lengths: [16], tokensPerSecond: [[3272, 3813]] },
        },
      ],
    }),
    ...[1_000, 10_000].map((texts) =>
      row(`growth-fp32-${texts}`, {
        measurements: [
          {
            value: 1,
            seconds: 1,
            texts,
            tokens: null,
            peakRssBytes: 1,
            details: {
              curve: [
                { texts: texts / 2, seconds: 1, rssBytes: 2e8 },
                { texts, seconds: 2, rssBytes: 3e8 },
              ],
            },
          },
        ],
      }),
    ),
  ],
  calibration: { fastembed: [{ batchSize: 32, parallel: 2, value: 23.3 }] },
  goals: [{ what: 'dense / session', atLeast: 0.92, got: 0.95, isMet: true }],
  failures: [{ row: 'cold|start', round: 0, message: 'line one\nline two <b>' }],
  notMeasured: ['GPUs'],
  seconds: 12,
}

describe('renderMarkdown', () => {
  const text = renderMarkdown(report)

  test('names machine, versions, commit, load, corpus and threads', () => {
    for (const part of [
      '0.1 / 0.2 / 0.3',
      'commit abc123',
      'Node 20.19.0',
      'ONNX Runtime 1.30.0',
      '2 worker threads',
      '24 GB',
    ])
      expect(text).toContain(part)
  })

  test('a row shows median, values, tokens, memory, ratios, the distance of its vectors and nDCG@10', () => {
    expect(text).toContain(
      '| dense-fp32 (title of dense-fp32) | 1,235 texts/s | 1,200 1,235 | 9,000 | 315 MB | 1.39× fastembed, 0.95× session-fp32 | fastembed: ≤ 1.8e-7, cos 1.0000 / 1.0000 | 0.6451 |',
    )
  })

  test('a peer shows its best setting, a failed row says so, and bars in names do not break the table', () => {
    expect(text).toContain('title of fastembed, batch 32, parallel 2')
    expect(text).toContain('| cold\\|start (title of cold\\|start) | failed |')
  })

  test('every line of a table has as many cells as its header', () => {
    for (const table of text.split('\n\n').filter((block) => block.startsWith('|'))) {
      const cells = table.split('\n').map((line) => line.replaceAll('\\|', '').split('|').length)
      expect(new Set(cells).size).toBe(1)
    }
  })

  test('failures stand on one line each and what was not measured stands at the end', () => {
    expect(text).toContain('- cold|start, round 1: line one line two <b>')
    expect(text.endsWith('## NOT MEASURED\n\n- GPUS')).toBe(true)
  })
})

describe('renderHtml', () => {
  const page = renderHtml(report)

  test('text from outside is escaped everywhere', () => {
    expect(page).not.toContain('<script')
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;.jsonl')
    expect(page).toContain('CPU &lt;fast&gt; &amp; &quot;good&quot;')
    expect(page).toContain('line two &lt;b&gt;')
  })

  test('the page loads nothing', () => {
    expect(page).not.toMatch(/\b(src|href)=|https?:|@import|url\(/)
  })

  test('rows have readable names, and what was not measured is a quiet paragraph at the end', () => {
    expect(page).toContain('>Title of dense-fp32</text>')
    expect(page).toContain('<p class="soft small">Not measured: GPUs.</p>\n</main>')
  })

  test('quality is shown by method with its intervals, and each kind of milliseconds has an axis of its own', () => {
    const measured = { value: 1, seconds: 1, texts: 1, tokens: 1, peakRssBytes: 1 }
    const details = { 'nDCG@10': { dense: 0.64, bm25: 0.61 }, confidence: { dense: [0.6, 0.68], bm25: [0.56, 0.66] } }
    const times = [row('query-int8', { unit: 'ms' }), row('cold-start-int8', { unit: 'ms' })]
    const rows = [...times, row('quality-int8', { measurements: [{ ...measured, details }] })]
    const drawn = renderHtml({ ...report, rows })
    expect(drawn).toContain('Dense vectors alone, int8')
    expect(drawn.match(/class="interval"/g)).toHaveLength(6)
    for (const heading of ['Time of a search', 'Time from the start of the process to the first vector']) {
      expect(drawn).toContain(`<h2>${heading}</h2>`)
    }
  })

  test('charts hold numbers only', () => {
    // speed against quality, rates, memory, and the two of growth
    expect(page.match(/<svg/g)).toHaveLength(5)
    expect(page).not.toMatch(/NaN|Infinity|undefined/)
  })
})

describe('escapeHtml', () => {
  test('leaves no character that could end an element or an attribute', () => {
    expect(escapeHtml(`<a href="x" title='y'>&</a>`)).toBe(
      '&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;&lt;/a&gt;',
    )
  })
})
