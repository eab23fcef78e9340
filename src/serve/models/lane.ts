/** Items that one run can do together. */
export interface Lane<Item, Result> {
  /** Items of lanes with the same key may share a batch. */
  readonly key: string
  /** Goes before what is not urgent: somebody waits for a query. */
  readonly isUrgent: boolean
  /** One result for each item, in their order. */
  run(items: readonly Item[], signal: AbortSignal): Promise<readonly Result[]>
}

/** What became of a batch of a lane. */
export interface BatchReport {
  readonly isUrgent: boolean
  readonly items: number
  /** Requests whose items shared the batch. */
  readonly requests: number
  /** Time for which the first item waited, and for which the batch was worked on. */
  readonly waitedSeconds: number
  readonly workedSeconds: number
}
