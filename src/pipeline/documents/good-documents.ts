import type { Document } from '../../document.js'
import type { InputRecord, Place } from '../../inputs/input-record.js'

/** A document that was left out, and why. */
export interface Rejection {
  readonly place: Place
  readonly id: string | number | null
  readonly code: string
  readonly reason: string
}

export interface PlacedDocument {
  readonly document: Document
  readonly place: Place
  /** Records of the input before this one, readable or not. */
  readonly record: number
}

/** The readable documents; the others are rejected on the way. Ends early once the signal is aborted. */
export async function* goodDocuments(
  records: AsyncIterable<readonly InputRecord[]>,
  reject: (rejection: Rejection) => void,
  signal: AbortSignal | undefined,
): AsyncGenerator<PlacedDocument[]> {
  let read = 0
  for await (const list of records) {
    if (signal?.aborted === true) return
    const documents: PlacedDocument[] = []
    for (const record of list) {
      if (record.kind === 'document') documents.push({ document: record.document, place: record.place, record: read })
      else reject({ place: record.place, id: null, code: record.code, reason: record.reason })
      read++
    }
    yield documents
  }
}
