import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import type { DocumentMapping, RecordFormat } from '../../inputs/mapping/document-mapping.js'
import type { InputPart } from '../../inputs/parts/plan-parts.js'
import type { RepeatedDocument } from '../documents/repeated-documents.js'
import type { IngestSummary } from '../runs/ingest-tally.js'
import type { QueuedPartResult, QueuedRun } from './queued-run.js'

export interface QueuedLoad extends QueuedRun {
  readonly kind: 'load'
  /** The folder that relative sources are in. */
  readonly cwd: string
  readonly reading: DocumentMapping & RecordFormat
  readonly textField: string | readonly string[] | null
  /** Ids that come more than once, each with the last record of the input that has it. */
  readonly repeated: readonly RepeatedDocument[]
}

/** A part of a load, as plain JSON. */
export interface LoadPart {
  readonly input: InputPart
  /** Records of the input before it. */
  readonly firstRecord: number
  readonly records: number
}

export interface LoadPartResult extends QueuedPartResult {
  readonly summary: IngestSummary
}

/** The same for the same sources, options and collection: the same command again finds its run. */
export function loadId(
  load: Pick<QueuedLoad, 'sources' | 'collection' | 'recipe' | 'mapping' | 'cwd'> & { readonly url: string },
): string {
  const { sources, collection, recipe, mapping, cwd, url } = load
  const key = [sources.map((source) => resolve(cwd, source)), url, collection, recipe, mapping]
  return createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 12)
}
