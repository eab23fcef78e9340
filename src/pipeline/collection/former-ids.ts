import { pointId } from '../../document.js'
import type { AcceptedRecord, InputRecord } from '../../inputs/input-record.js'
import { METADATA_KEY } from '../../stores/collection-metadata.js'
import type { CollectionDescription } from '../../stores/store.js'

/**
 * Whether a collection was made when a document without an id was known by its text alone, and a text file by its path below its source. It keeps these
 * ids, so that the same input again replaces its documents in place of adding them.
 */
export function hasFormerIds({ metadata }: CollectionDescription): boolean {
  const recorded = metadata[METADATA_KEY]
  return typeof recorded === 'object' && recorded !== null && !('documentIds' in recorded)
}

/** The records with the ids that their documents have in such a collection. */
export async function* withFormerIds(records: AsyncIterable<readonly InputRecord[]>): AsyncGenerator<InputRecord[]> {
  for await (const list of records)
    yield list.map((record) => (record.kind === 'document' ? withFormerId(record) : record))
}

function withFormerId(record: AcceptedRecord): AcceptedRecord {
  const { document, formerId } = record
  if (formerId !== undefined) {
    return { ...record, document: { ...document, id: formerId, payload: { ...document.payload, id: formerId } } }
  }
  if (document.id !== null) return record
  return { ...record, document: { ...document, id: String(pointId({ id: null, text: document.text })) } }
}
