import type { EncoderSpec } from '../../encoders/open-encoder.js'
import { ModelError } from '../../errors.js'
import type { StoreLocation } from '../../stores/open-store.js'
import type { ChunkingOptions } from '../collection/chunking-plan.js'
import type { CollectionDeclaration } from '../collection/collection-declaration.js'
import {
  type CollectionPlan,
  describeRecipeDifferences,
  planCollection,
  recipeAsJson,
} from '../collection/collection-plan.js'
import { withNamesOf } from '../collection/keep-chunking.js'
import { type LayoutName, withLayout } from '../collection/layout.js'
import { declareCollection } from '../collection/prepare-collection.js'
import type { Rejection } from '../documents/good-documents.js'

/** Where points go, without secrets: those are every worker's own. */
export type QueuedLocation = Omit<
  Extract<StoreLocation, { kind: 'qdrant' }>,
  'apiKey' | 'apiKeyFile' | 'caFile' | 'clock' | 'upload'
>

/** What all workers know of a run that they share, as plain JSON. */
export interface QueuedRun {
  readonly version: 1
  /** ISO 8601 */
  readonly started: string
  /** What is read: files, or a collection. */
  readonly sources: readonly string[]
  /** Records of the input, or points of the collection that is read. */
  readonly records: number
  /** What is filled. */
  readonly collection: string
  readonly location: QueuedLocation
  readonly spec: EncoderSpec
  readonly idField: string | null
  /** How files became documents. */
  readonly mapping: Readonly<Record<string, unknown>> | null
  readonly chunking: ChunkingOptions | null
  readonly declared: CollectionDeclaration
  readonly layout: LayoutName | null
  /** What the vectors are made of: each worker compares it with what it would make. */
  readonly recipe: Readonly<Record<string, unknown>>
  /** Absolute path of the file that gets the rejected documents of all parts; null where nobody asked. */
  readonly errors: string | null
}

/** What became of a part of any run. */
export interface QueuedPartResult {
  readonly summary: PartSummary
  /** The first rejections. */
  readonly rejected: readonly Rejection[]
}

/** What is counted of a part, whatever is read. */
export interface PartSummary {
  readonly documents: number
  /** Points that were stored. */
  readonly points: number
  readonly unchanged: number
  readonly failed: number
  readonly tokens: number
  /** Tokens that were cut off. */
  readonly tokensLost: number
  readonly seconds: number
  readonly interrupted: boolean
}

/** Rejections of a part that are kept with its run. */
export const KEPT_REJECTIONS = 10

/**
 * The plan of a run with the models that are here.
 * @throws ModelError `RECIPE_MISMATCH` if they would make other vectors; InputError `UNKNOWN_MODEL`
 */
export async function planQueuedRun(id: string, run: QueuedRun): Promise<CollectionPlan> {
  const { spec, idField, mapping, chunking, declared, layout, recipe } = run
  const planned = await planCollection(spec, {
    idField: idField ?? undefined,
    mapping: mapping ?? undefined,
    chunking: chunking ?? undefined,
  })
  const named = withNamesOf(planned, recipe.vectors as CollectionPlan['vectors'])
  const made = withLayout(named, layout ?? undefined)
  const differences = describeRecipeDifferences(recipe, recipeAsJson(made))
  if (differences.length === 0) return declareCollection(made, declared)
  throw new ModelError(
    'RECIPE_MISMATCH',
    `Run ${id}: expected the vectors that it was planned with, but this machine would make others: ${differences.join('; ')}. No part was taken. Give this machine the same models and the same release of offgrid.`,
  )
}
