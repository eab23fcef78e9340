import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { optionError } from '../errors.js'
import { planCollection } from '../pipeline/collection/collection-plan.js'
import { usableCores } from '../pool/usable-cores.js'
import { BenchRun, type BenchRunOptions } from './bench-run.js'
import { prepareCorpus } from './corpus.js'
import { describeEnvironment } from './environment.js'
import type { Measurement } from './measure/measurement.js'
import { orderOfRound } from './measure/statistics.js'
import { comparePeer, compareRow } from './peers/compare-rows.js'
import { openPeers, type PeerName } from './peers/open-peers.js'
import type { PeerRow, PeerSetting } from './peers/peer.js'
import type { BenchReport } from './report/report.js'
import { judgeGoals, listNotMeasured, type MeasuredRow, referencesOf, summarize } from './report/summarize.js'
import { type BenchModels, ROWS, type Row, selectRows, withModels } from './row.js'

export interface BenchOptions extends Omit<BenchRunOptions, 'corpus' | 'scratch' | 'workers' | 'total'> {
  /** A file of documents or a BEIR directory. */
  readonly corpus: string
  /** The first so many documents, from 1. */
  readonly documents: number
  readonly rounds: number
  /** Names of rows, or their beginnings. @default those marked as such */
  readonly rows?: readonly string[] | undefined
  readonly peers: readonly PeerName[]
  /** Models in the place of the bundled ones; peers run those alone. @default the bundled ones */
  readonly models?: BenchModels | undefined
  /** @default 'model' */
  readonly prompts?: 'model' | 'none' | undefined
  /** Embeds the whole corpus for nDCG@10. */
  readonly quality: boolean
  /** @default the usable cores */
  readonly workers?: number | undefined
}

/** Texts on which a peer's settings are tried; enough for two batches of 256. */
const CALIBRATION_TEXTS = 512

/**
 * Measures rows, each in a fresh process, all of them once a round, every other round in reverse; one process that fails is
 * recorded and the others go on.
 * @throws InputError for options that cannot be met; WorkerError `CANCELLED` once the signal is aborted
 */
export async function runBench(options: BenchOptions): Promise<BenchReport> {
  const started = performance.now()
  const { rounds, quality, signal } = options
  const workers = options.workers ?? usableCores()
  const models = await namesOf(options.models ?? {})
  if (Object.keys(models).length > 0 && options.peers.length > 0) {
    throw optionError('Expected --peers without other models: the peers run all-MiniLM-L6-v2 alone.')
  }
  const changed = (row: Row) => withModels(row, models, options.prompts ?? 'model')
  const environment = await describeEnvironment()
  const scratch = await mkdtemp(join(tmpdir(), 'offgrid-bench-'))
  try {
    const corpus = await prepareCorpus(options.corpus, options.documents, scratch)
    const selected = selectRows({
      names: options.rows,
      hasQdrant: (process.env.QDRANT_URL ?? '') !== '',
      hasJudgements: corpus.dataset !== undefined,
      quality,
    })
    // nothing of another model is held against the bare session, unless that is asked for
    const measured = selected.filter(
      ({ task }) => models.dense === undefined || options.rows !== undefined || task.kind !== 'session',
    )
    const rows = await Promise.all(measured.map(changed))
    const allPeers = await openPeers(options.peers, workers, signal)
    const peers = allPeers.filter((peer) => rows.some((row) => referencesOf(row, [peer]).includes(peer.name)))
    const primers = await Promise.all(primersOf(rows).map(changed))
    const perRound = rows.filter((row) => !row.isOnce).length + peers.length
    const trials = peers.reduce((sum, { settings }) => sum + (settings.length > 1 ? settings.length : 0), 0)
    const total = primers.length + trials + rounds * perRound + rows.filter((row) => row.isOnce).length
    const run = new BenchRun({ ...options, corpus, scratch, workers, total })

    // builds graph files and fills the page cache: every measured process then finds the same
    for (const primer of primers) await run.measure(primer, null)
    const calibration = await calibrate(run, peers)
    const found = await measureRounds(run, rows, peers, calibration, rounds)

    const parameters = {
      corpus: corpus.name,
      documents: corpus.texts,
      characters: corpus.characters,
      rounds,
      rows: rows.map((row) => row.name),
      peers: options.peers,
      workers,
      maxTokens: options.maxTokens ?? null,
      quality,
      ...(Object.keys(models).length > 0 && { models }),
    }
    const summarized = summarize([
      ...rows.map(
        (row): MeasuredRow => ({ ...row, references: referencesOf(row, peers), rounds: found.get(row.name)! }),
      ),
      ...peers.map(
        (peer): MeasuredRow => ({
          ...peer,
          references: [],
          rounds: found.get(peer.name)!,
          setting: bestSetting(peer, calibration),
        }),
      ),
    ])
    const results = []
    for (const result of summarized) {
      const row = rows.find(({ name }) => name === result.name)
      const peer = peers.find(({ name }) => name === result.name)
      const vectors = row ? await compareRow(row, peers, scratch) : await comparePeer(peer!, scratch)
      results.push({ ...result, vectors })
    }
    return {
      environment,
      parameters,
      rows: results,
      calibration: Object.fromEntries(calibration),
      goals: judgeGoals(results),
      failures: run.failures,
      notMeasured: listNotMeasured(parameters),
      seconds: (performance.now() - started) / 1000,
    }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

type Calibration = Map<string, (PeerSetting & { readonly value: number | null })[]>

/** Tries each setting of each peer once. */
async function calibrate(run: BenchRun, peers: readonly PeerRow[]): Promise<Calibration> {
  const calibration: Calibration = new Map()
  for (const peer of peers.filter(({ settings }) => settings.length > 1)) {
    const tried = []
    for (const setting of peer.settings) {
      const found = await run.measurePeer(peer, setting, null, CALIBRATION_TEXTS)
      tried.push({ ...setting, value: found?.value ?? null })
    }
    calibration.set(peer.name, tried)
  }
  return calibration
}

/** The setting with the highest rate; the first where none was tried or none worked. */
function bestSetting({ name, settings }: PeerRow, calibration: Calibration): PeerSetting {
  const tried = calibration.get(name) ?? []
  const [best] = [...tried].sort((a, b) => (b.value ?? 0) - (a.value ?? 0))
  if (best === undefined) return settings[0]!
  return { batchSize: best.batchSize, parallel: best.parallel }
}

async function measureRounds(
  run: BenchRun,
  rows: readonly Row[],
  peers: readonly PeerRow[],
  calibration: Calibration,
  rounds: number,
): Promise<Map<string, (Measurement | null)[]>> {
  const found = new Map<string, (Measurement | null)[]>()
  for (const { name } of [...rows, ...peers]) found.set(name, new Array(rounds).fill(null))
  // a peer stands between our rows, not after them
  const tasks = orderTasks(rows, peers)
  for (let round = 0; round < rounds; round++) {
    for (const task of orderOfRound(tasks, round)) {
      if (('isOnce' in task && task.isOnce && round > 0) || run.hasFailed(task.name)) continue
      const measurement =
        'command' in task
          ? await run.measurePeer(task, bestSetting(task, calibration), round)
          : await run.measure(task, round)
      found.get(task.name)![round] = measurement
    }
  }
  return found
}

/** Each peer's row beside the first of our rows that it is held against. */
function orderTasks(rows: readonly Row[], peers: readonly PeerRow[]): (Row | PeerRow)[] {
  const placed = new Set<PeerRow>()
  return rows.flatMap((row) => {
    const beside = peers.filter((peer) => !placed.has(peer) && referencesOf(row, [peer]).includes(peer.name))
    for (const peer of beside) placed.add(peer)
    return [row, ...beside]
  })
}

/** The models as their manifests spell them. @throws InputError `UNKNOWN_MODEL`, `MODEL_NOT_SUITABLE`; ModelError for files that are not theirs */
async function namesOf(models: BenchModels): Promise<BenchModels> {
  const { vectors } = await planCollection(models)
  const { dense, bm25: sparse, late } = vectors
  return {
    ...(dense && { dense: dense.model }),
    ...(sparse && { sparse: sparse.model }),
    ...(late && { late: late.model }),
  }
}

/** Cold starts of the precisions that are measured, not counted. */
function primersOf(rows: readonly Row[]): Row[] {
  return ROWS.filter(
    ({ name, task }) =>
      task.kind === 'cold-start' && rows.some((row) => row.name.includes(name.slice('cold-start-'.length))),
  )
}
