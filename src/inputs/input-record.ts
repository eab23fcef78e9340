import type { Document } from '../document.js'

/** Where a document or a rejected record stands. */
export interface Place {
  /** Path as it was given or found; `-` for stdin. */
  readonly file: string
  /** Line on which the record begins, from 1: JSONL, CSV and TSV. */
  readonly line?: number
  /** Number of the record, from 1: JSON arrays and Parquet. */
  readonly row?: number
  /** Bytes before the record, or before the bad byte of invalid UTF-8; of the uncompressed content. */
  readonly byteOffset?: number
}

export interface AcceptedRecord {
  readonly kind: 'document'
  readonly document: Document
  readonly place: Place
  /** Of a text file: the id that collections of the time before ids were paths from the working folder know it by. */
  readonly formerId?: string
}

/** A record that gives no document: `code` is stable, `reason` says what was expected and what came. */
export interface RejectedRecord {
  readonly kind: 'rejected'
  readonly place: Place
  readonly code: string
  readonly reason: string
}

export type InputRecord = AcceptedRecord | RejectedRecord

/** Records per batch, so that a consumer awaits once per batch and not once per record. */
export const BATCH_RECORDS = 256
/** Input bytes per batch, about: the last record may lead beyond. */
export const BATCH_BYTES = 256 * 1024

export function rejectRecord(place: Place, code: string, reason: string): RejectedRecord {
  return { kind: 'rejected', place, code, reason }
}
