import type { Environment } from '../environment.js'
import type { Measurement } from '../measure/measurement.js'
import type { VectorComparison } from '../peers/compare-vectors.js'
import type { PeerSetting } from '../peers/peer.js'
import type { BenchModels, RowUnit } from '../row.js'

/** A row of the result: everything that was measured for it, and what follows from that. */
export interface RowResult {
  readonly name: string
  readonly title: string
  readonly unit: RowUnit
  /** Of the values; null if every process failed. */
  readonly median: number | null
  /** One per round, in the order of the rounds; null where the process failed or the row was not part of the round. */
  readonly values: readonly (number | null)[]
  readonly tokensPerSecond: number | null
  /** Highest of the rounds. */
  readonly peakRssBytes: number | null
  /** Row → how many times as fast this one is, the median over the rounds. */
  readonly ratios: Readonly<Record<string, number>>
  /** Row → how far this one's vectors lie from that one's. */
  readonly vectors: Readonly<Record<string, VectorComparison>>
  /** Only with --quality. */
  readonly 'nDCG@10'?: number
  /** The peer's best setting. */
  readonly setting?: PeerSetting
  readonly measurements: readonly Measurement[]
}

/** What a figure should be, and whether it is. */
export interface Goal {
  readonly what: string
  readonly atLeast: number
  readonly got: number
  readonly isMet: boolean
}

export interface RowFailure {
  readonly row: string
  /** From 0; null before the rounds, while settings are tried. */
  readonly round: number | null
  readonly message: string
}

export interface BenchParameters {
  readonly corpus: string
  readonly documents: number
  readonly characters: number
  readonly rounds: number
  readonly rows: readonly string[]
  readonly peers: readonly string[]
  /** Worker threads, each with one ONNX Runtime thread. */
  readonly workers: number
  /** Null is the model's own limit. */
  readonly maxTokens: number | null
  readonly quality: boolean
  /** Models in the place of the bundled ones; undefined where there are none. */
  readonly models?: BenchModels
}

/** The whole record of a benchmark. */
export interface BenchReport {
  readonly environment: Environment
  readonly parameters: BenchParameters
  readonly rows: readonly RowResult[]
  /** A peer's settings that were tried, texts per second each, on the first texts of the corpus. */
  readonly calibration: Readonly<Record<string, readonly (PeerSetting & { readonly value: number | null })[]>>
  readonly goals: readonly Goal[]
  readonly failures: readonly RowFailure[]
  readonly notMeasured: readonly string[]
  readonly seconds: number
}
