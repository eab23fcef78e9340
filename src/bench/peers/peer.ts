import type { RowUnit } from '../row.js'
import type { Command } from '../run-process.js'

/** How a peer is set: the best of several is what ours is held against. */
export interface PeerSetting {
  readonly batchSize: number
  /** Processes, or null for none beside its own. */
  readonly parallel: number | null
}

/** Which of our rows a peer's row stands beside. */
export type PeerTask = 'dense' | 'bm25' | 'cold-start'

/** What a peer's process is asked for; it answers as our own do, with a measurement as one line of JSON. */
export interface PeerRequest extends PeerSetting {
  readonly task: PeerTask
  readonly documents: string
  /** Only the first of the documents. */
  readonly limit?: number
  readonly workers: number
  readonly vectorsPrefix?: string
  readonly startedAtMs: number
}

/** A line of the result that another library fills. */
export interface PeerRow {
  readonly name: string
  readonly title: string
  readonly unit: RowUnit
  readonly task: PeerTask
  readonly settings: readonly PeerSetting[]
  command(request: PeerRequest): Command
}

/** Whether a row of ours is held against a peer's row. */
export function standsBeside(task: PeerTask, rowName: string): boolean {
  return task === 'bm25' ? rowName === 'bm25' : rowName.startsWith(`${task}-`)
}

export function settingsOf(batchSizes: readonly number[], parallel: number | null): PeerSetting[] {
  return batchSizes.map((batchSize) => ({ batchSize, parallel }))
}
