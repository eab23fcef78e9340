import { given } from '../../options.js'
import type { Measurement } from '../measure/measurement.js'
import { median, speedRatio } from '../measure/statistics.js'
import { type PeerRow, type PeerSetting, standsBeside } from '../peers/peer.js'
import type { Row, RowUnit } from '../row.js'
import type { BenchParameters, Goal, RowResult } from './report.js'

/** The measurements of a row, one per round; null where there is none. */
export type Rounds = readonly (Measurement | null)[]

/** A row before its ratios and vectors are known. */
export interface MeasuredRow {
  readonly name: string
  readonly title: string
  readonly unit: RowUnit
  readonly references: readonly string[]
  readonly rounds: Rounds
  readonly setting?: PeerSetting
}

/** Our row with the peers' rows that it is held against. */
export function referencesOf(row: Row, peers: readonly PeerRow[]): string[] {
  return [...row.references, ...peers.filter(({ task }) => standsBeside(task, row.name)).map(({ name }) => name)]
}

/** Medians and ratios of all rows; `vectors` is filled by the caller. */
export function summarize(rows: readonly MeasuredRow[]): RowResult[] {
  const valuesOf = new Map(rows.map((row) => [row.name, row.rounds.map((found) => found?.value ?? null)]))
  const quality = new Map(rows.map((row) => [row.name, row.rounds[0]?.details['nDCG@10']]))
  return rows.map(({ name, title, unit, references, rounds, setting }) => {
    const measurements = rounds.filter((found) => found !== null)
    const values = valuesOf.get(name)!
    const present = values.filter((value) => value !== null)
    const rates = measurements.flatMap(({ tokens, seconds }) => (tokens === null ? [] : [tokens / seconds]))
    const peaks = measurements.flatMap(({ peakRssBytes }) => (peakRssBytes === null ? [] : [peakRssBytes]))
    const ndcg = ndcgOf(name, quality)
    return {
      name,
      title,
      unit,
      median: present.length === 0 ? null : median(present),
      values,
      tokensPerSecond: rates.length === 0 ? null : median(rates),
      peakRssBytes: peaks.length === 0 ? null : Math.max(...peaks),
      ratios: Object.fromEntries(
        references.flatMap((reference) => {
          const ratio = speedRatio(values, valuesOf.get(reference) ?? [], unit)
          return ratio === null ? [] : [[reference, ratio]]
        }),
      ),
      vectors: {},
      ...given({ 'nDCG@10': ndcg, setting }),
      measurements,
    }
  })
}

/** The evaluation method that searches by what a row makes. */
const METHOD_OF_ROW: Readonly<Record<string, string>> = { dense: 'dense', late: 'late', all: 'default' }

function ndcgOf(name: string, quality: ReadonlyMap<string, unknown>): number | undefined {
  const [kind, precision] = name === 'bm25' ? ['bm25', undefined] : name.split('-')
  const method = kind === 'bm25' ? 'bm25' : METHOD_OF_ROW[kind!]
  // BM25 knows no precision: any of the quality rows has it
  const found = ['fp32', 'int8'].filter((candidate) => precision === undefined || candidate === precision)
  for (const candidate of found) {
    const methods = quality.get(`quality-${candidate}`) as Record<string, number> | undefined
    if (method !== undefined && methods?.[method] !== undefined) return methods[method]
  }
  return undefined
}

/** What must hold between two rows: name pattern of the row, of its reference, and the least ratio. */
const GOALS: readonly {
  readonly row: RegExp
  readonly reference: RegExp
  readonly atLeast: number
  readonly what: string
}[] = [
  { row: /^dense-/, reference: /^session-/, atLeast: 0.92, what: 'the pipeline keeps the speed of the bare session' },
  {
    row: /^ingest-.*-all-/,
    reference: /^ingest-.*-dense-/,
    atLeast: 0.75,
    what: 'all three vectors against dense alone',
  },
  { row: /^growth-/, reference: /^growth-/, atLeast: 0.9, what: 'the time per text does not grow with their number' },
]

/** The goals that this run can judge. */
export function judgeGoals(rows: readonly RowResult[]): Goal[] {
  return rows.flatMap(({ name, ratios }) =>
    Object.entries(ratios).flatMap(([reference, got]) => {
      const goal = GOALS.find((candidate) => candidate.row.test(name) && candidate.reference.test(reference))
      if (goal === undefined) return []
      const { what, atLeast } = goal
      return [{ what: `${name} / ${reference}: ${what}`, atLeast, got, isMet: got >= atLeast }]
    }),
  )
}

/** What nobody may read out of the figures. */
export function listNotMeasured({ rows, peers, quality, rounds, models = {} }: BenchParameters): string[] {
  const hasRow = (beginning: string) => rows.some((row) => row.startsWith(beginning))
  return [
    'other processors, GPUs, other operating systems, and a machine that does something else meanwhile',
    'loading of models and starting of threads, outside the cold-start rows; a cold page cache',
    `other models than ${Object.values(models).join(', ') || 'all-MiniLM-L6-v2'}; other languages than the corpus`,
    ...(quality ? ['nDCG@10 of peers: their vectors are compared with ours value by value instead'] : []),
    ...(!quality ? ['retrieval quality (nDCG@10): give --quality and a BEIR directory'] : []),
    ...(peers.length === 0 ? ['any other library: give --peers'] : []),
    ...(peers.includes('fastembed')
      ? ["the start of FastEmbed's worker processes, which is taken off its time; BM25 in several processes"]
      : []),
    ...(hasRow('ingest-qdrant') ? [] : ['a Qdrant server: set QDRANT_URL']),
    ...(hasRow('query') ? ['several searches at once; a store with more points than the documents here'] : []),
    ...(hasRow('growth') ? [] : ['growth of time and memory with the number of texts: give --rows growth']),
    ...(rounds < 3
      ? [`how much the figures vary: ${rounds === 1 ? 'one round does' : 'two rounds do'} not show it`]
      : []),
  ]
}
