/** A range of a file that begins and ends where a record does. */
export interface ByteSpan {
  /** Bytes before it. */
  readonly from: number
  /** Bytes before what follows it, or null where nothing does. A record that begins before is read to its end. */
  readonly to: number | null
  /** Line on which it begins, from 1. */
  readonly line: number
}

export const WHOLE: ByteSpan = { from: 0, to: null, line: 1 }
