import { describe, expect, test } from 'vitest'
import type { Measurement } from '../../../src/bench/measure/measurement.js'
import { judgeGoals, listNotMeasured, type MeasuredRow, summarize } from '../../../src/bench/report/summarize.js'

const measured = (value: number, details: Measurement['details'] = {}): Measurement => ({
  value,
  seconds: 2,
  texts: 10,
  tokens: 100,
  peakRssBytes: value * 1000,
  details,
})

const row = (name: string, rounds: MeasuredRow['rounds'], references: string[] = []): MeasuredRow => ({
  name,
  title: name,
  unit: 'texts/s',
  references,
  rounds,
})

describe('summarize', () => {
  test('gives the median, every value, the rate of tokens, the highest memory and the ratios', () => {
    const [dense] = summarize([
      row('dense-fp32', [measured(30), measured(10), measured(20)], ['session-fp32', 'fastembed']),
      row('session-fp32', [measured(30), measured(20), measured(20)]),
    ])
    expect(dense).toMatchObject({
      median: 20,
      values: [30, 10, 20],
      tokensPerSecond: 50,
      peakRssBytes: 30_000,
      ratios: { 'session-fp32': 1 },
    })
  })

  test('a row whose processes all failed has no median and gives no ratio', () => {
    const [dense, session] = summarize([
      row('dense-fp32', [null], ['session-fp32']),
      row('session-fp32', [measured(1)], ['dense-fp32']),
    ])
    expect(dense).toMatchObject({ median: null, values: [null], ratios: {}, peakRssBytes: null })
    expect(session!.ratios).toEqual({})
  })

  test('puts nDCG@10 of the searched corpus beside the row that makes the vectors', () => {
    const results = summarize([
      row('dense-fp32', [measured(1)]),
      row('all-int8', [measured(1)]),
      row('bm25', [measured(1)]),
      row('quality-int8', [measured(1, { 'nDCG@10': { dense: 0.6, bm25: 0.5, default: 0.7 } })]),
    ])
    expect(results.map((result) => result['nDCG@10'])).toEqual([undefined, 0.7, 0.5, undefined])
  })
})

describe('judgeGoals', () => {
  test('judges the pipeline against the bare session and all vectors against dense alone, each at its own limit', () => {
    const results = summarize([
      row('session-fp32', [measured(100)]),
      row('dense-fp32', [measured(91)], ['session-fp32']),
      row('ingest-local-dense-fp32', [measured(100)], ['dense-fp32']),
      row('ingest-local-all-fp32', [measured(76)], ['ingest-local-dense-fp32']),
    ])
    expect(judgeGoals(results).map(({ atLeast, got, isMet }) => [atLeast, got, isMet])).toEqual([
      [0.92, 0.91, false],
      [0.75, 0.76, true],
    ])
  })
})

describe('listNotMeasured', () => {
  const parameters = {
    corpus: 'c',
    documents: 1,
    characters: 1,
    rounds: 3,
    rows: ['dense-fp32'],
    peers: [],
    workers: 1,
    maxTokens: null,
    quality: false,
  }

  test('says what is missing, and only what is missing', () => {
    const lines = listNotMeasured(parameters)
    expect(lines.join('\n')).toContain('give --peers')
    expect(lines.join('\n')).toContain('nDCG@10')
    expect(lines.join('\n')).not.toContain('round')
    const more = listNotMeasured({ ...parameters, peers: ['fastembed'], quality: true, rounds: 1 }).join('\n')
    expect(more).not.toContain('give --peers')
    expect(more).toContain('one round does not show it')
  })
})
