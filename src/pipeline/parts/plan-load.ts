import { pointId } from '../../document.js'
import type { InputNotice } from '../../inputs/input-notice.js'
import type { DocumentMapping, RecordFormat } from '../../inputs/mapping/document-mapping.js'
import { PART_BYTES, planParts } from '../../inputs/parts/plan-parts.js'
import { readPart } from '../../inputs/parts/read-part.js'
import { type InputOptions, readDocuments } from '../../inputs/read-documents.js'
import { PointIdSet } from '../documents/point-id-set.js'
import { RepeatedDocuments } from '../documents/repeated-documents.js'
import { identifyInput } from '../runs/input-identity.js'
import type { LoadPart, QueuedLoad } from './queued-load.js'

/** Parts of one load, about: what a queue takes in one transaction, and keeps in memory. */
const MAX_PARTS = 20_000
/** Parts of a small load, about, so that many machines end at one time; none is smaller than some bytes, because each costs some requests. */
const FEW_PARTS = 32
const SMALL_PART_BYTES = 32 * 1024
/** Documents among which ids that come again are looked for: 134 MB. */
const MAX_REMEMBERED = 10_000_000

export interface PlanLoadOptions extends Pick<InputOptions, 'requireFields'> {
  readonly onNotice?: ((notice: InputNotice) => void) | undefined
  /** @default 4 MB; less where that would be few parts, more where it would be many */
  readonly partBytes?: number | undefined
  /** Called now and then with the records that were read so far. */
  readonly onProgress?: (records: number) => void
  readonly signal?: AbortSignal
}

/** A plan of parts, and what was found out on the way. */
export interface LoadPlan extends Pick<QueuedLoad, 'records' | 'repeated'> {
  readonly parts: readonly LoadPart[]
  readonly documents: number
  /** False where the input is so large that ids which come again late in it are not known. */
  readonly knowsRepeated: boolean
}

/**
 * Cuts an input into parts, and reads all of it once: how many records each part has, and which ids come again, so that the last document of an id
 * wins whatever the order of the parts.
 * @throws InputError as `readDocuments` does with `requireFields`
 */
export async function planLoad(
  sources: readonly string[],
  reading: DocumentMapping & RecordFormat,
  options: PlanLoadOptions = {},
): Promise<LoadPlan> {
  const { onNotice, onProgress = () => {}, signal, requireFields = true } = options
  const { sizeBytes } = await identifyInput(sources, reading.format)
  const partBytes = options.partBytes ?? partBytesOf(sizeBytes)
  // says what is wrong with all of it before anything is cut
  for await (const _ of readDocuments(sources, { ...reading, onNotice, requireFields })) break
  const seen = new PointIdSet()
  const repeated = new RepeatedDocuments()
  const parts: LoadPart[] = []
  let records = 0
  let documents = 0
  for await (const input of planParts(sources, reading, partBytes)) {
    const firstRecord = records
    for await (const batch of readPart(input, reading)) {
      signal?.throwIfAborted()
      for (const record of batch) {
        const at = records++
        if (record.kind !== 'document') continue
        documents++
        const key = pointId(record.document)
        if (seen.has(key)) repeated.add(key, at)
        else if (seen.size < MAX_REMEMBERED) seen.add(key)
      }
      onProgress(records)
    }
    parts.push({ input, firstRecord, records: records - firstRecord })
  }
  return { parts, records, documents, repeated: repeated.takeFound(), knowsRepeated: seen.size < MAX_REMEMBERED }
}

function partBytesOf(sizeBytes: number): number {
  const bytes = Math.min(PART_BYTES, Math.max(SMALL_PART_BYTES, sizeBytes / FEW_PARTS))
  return Math.ceil(Math.max(bytes, sizeBytes / MAX_PARTS))
}
