import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import type { EncoderSpec } from '../../encoders/open-encoder.js'
import { ModelError } from '../../errors.js'
import type { DocumentMapping, RecordFormat } from '../../inputs/mapping/document-mapping.js'
import { describeMapping } from '../../inputs/mapping/document-mapping.js'
import type { InputPart } from '../../inputs/parts/plan-parts.js'
import type { StoreLocation } from '../../stores/open-store.js'
import type { ChunkingOptions } from '../collection/chunking-plan.js'
import type { CollectionDeclaration } from '../collection/collection-declaration.js'
import {
  type CollectionPlan,
  describeRecipeDifferences,
  fingerprint,
  planCollection,
} from '../collection/collection-plan.js'
import { withNamesOf } from '../collection/keep-chunking.js'
import { type LayoutName, withLayout } from '../collection/layout.js'
import { declareCollection } from '../collection/prepare-collection.js'
import type { Rejection } from '../documents/good-documents.js'
import type { RepeatedDocument } from '../documents/repeated-documents.js'
import type { IngestSummary } from '../runs/ingest-tally.js'

/** Where a load goes, without secrets: those are every worker's own. */
export type LoadLocation = Omit<
  Extract<StoreLocation, { kind: 'qdrant' }>,
  'apiKey' | 'apiKeyFile' | 'caFile' | 'clock' | 'upload'
>

/** What all workers know of a load that they share, as plain JSON. */
export interface QueuedLoad {
  readonly version: 1
  /** ISO 8601 */
  readonly started: string
  /** The folder that relative sources are in. */
  readonly cwd: string
  readonly sources: readonly string[]
  readonly reading: DocumentMapping & RecordFormat
  readonly textField: string | readonly string[] | null
  readonly collection: string
  readonly location: LoadLocation
  readonly spec: EncoderSpec
  readonly idField: string | null
  readonly chunking: ChunkingOptions | null
  readonly declared: CollectionDeclaration
  readonly layout: LayoutName | null
  /** What the vectors are made of: each worker compares it with what it would make. */
  readonly recipe: Readonly<Record<string, unknown>>
  /** Records of the input. */
  readonly records: number
  /** Ids that come more than once, each with the last record of the input that has it. */
  readonly repeated: readonly RepeatedDocument[]
  /** Absolute path of the file that gets the rejected documents of all parts; null where nobody asked. */
  readonly errors: string | null
}

/** A part of a load, as plain JSON. */
export interface LoadPart {
  readonly input: InputPart
  /** Records of the input before it. */
  readonly firstRecord: number
  readonly records: number
}

/** What became of a part. */
export interface LoadPartResult {
  readonly summary: IngestSummary
  /** The first rejections. */
  readonly rejected: readonly Rejection[]
}

/** The same for the same sources, options and collection: the same command again finds its run. */
export function loadId(
  load: Pick<QueuedLoad, 'sources' | 'collection' | 'recipe' | 'reading' | 'cwd'> & { readonly url: string },
): string {
  const { sources, collection, recipe, reading, cwd, url } = load
  const key = [sources.map((source) => resolve(cwd, source)), url, collection, recipe, describeMapping(reading)]
  return createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 12)
}

/**
 * The plan of a load with the models that are here.
 * @throws ModelError `RECIPE_MISMATCH` if they would make other vectors; InputError `UNKNOWN_MODEL`
 */
export async function planQueuedLoad(run: string, load: QueuedLoad): Promise<CollectionPlan> {
  const { spec, idField, chunking, reading, declared, layout, recipe } = load
  const planned = await planCollection(spec, {
    idField: idField ?? undefined,
    mapping: describeMapping(reading),
    chunking: chunking ?? undefined,
  })
  const named = withNamesOf(planned, recipe.vectors as CollectionPlan['vectors'])
  const made = withLayout(named, layout ?? undefined)
  // as it went through the queue
  const here = JSON.parse(JSON.stringify(fingerprint(made))) as Record<string, unknown>
  const differences = describeRecipeDifferences(recipe, here)
  if (differences.length === 0) return declareCollection(made, declared)
  throw new ModelError(
    'RECIPE_MISMATCH',
    `Run ${run}: expected the vectors that it was planned with, but this machine would make others: ${differences.join('; ')}. No part was taken. Give this machine the same models and the same release of offgrid.`,
  )
}
