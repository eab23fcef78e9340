import { resolveBm25Options } from '../encoders/bm25/bm25-recipe.js'
import { type Side, vectorAt } from '../encoders/encoder.js'
import type { WantedBm25 } from '../stores/collection-metadata.js'
import type { PlainVector } from '../vectors/plain-vector.js'
import { type DistinctText, DistinctTexts } from './distinct-texts.js'
import { isInferenceObject, readTextObject, type TextObject } from './inference-object.js'
import { toJsonVector } from './json-vector.js'
import { isBm25, type ModelSpec } from './model-spec.js'
import { planBatches } from './plan-batches.js'
import type { TextEncoders } from './text-encoders.js'
import type { MapVectors } from './vector-places.js'

export interface EmbedRequestOptions {
  readonly side: Side
  /** Leaves BM25's text objects to the server. */
  readonly keepsBm25: boolean
  /** Refuses BM25 that does not fit what is stored, before anything is embedded. */
  readonly requireBm25: (wanted: readonly WantedBm25[]) => Promise<void>
  /** What becomes of vectors, of those that were in the request already and of new ones. */
  readonly finish: (vector: unknown) => unknown
}

interface Group extends ModelSpec {
  readonly texts: Set<DistinctText>
  /** By text, once they are computed. */
  readonly vectors: Map<DistinctText, PlainVector>
}

/**
 * The request with a vector in the place of every text object: one batch for each model and options, equal texts once.
 * The request is not changed, and the caller may change it as soon as this returns its promise.
 * @throws InputError `UNKNOWN_MODEL`, `UNKNOWN_OPTION`, `INVALID_OPTION`, `INPUT_UNSUPPORTED`, `INVALID_INFERENCE_OBJECT`, `COLLECTION_MISMATCH`
 * @throws ModelError, WorkerError what the encoders throw
 */
export async function embedRequest<T extends object>(
  request: T,
  map: MapVectors,
  encoders: TextEncoders,
  { side, keepsBm25, requireBm25, finish }: EmbedRequestOptions,
): Promise<T> {
  const found = new Set<TextObject>()
  const wanted: WantedBm25[] = []
  const copy = map(request, (value) => {
    if (!isInferenceObject(value)) return finish(value)
    const text = readTextObject(value)
    if (keepsBm25 && isBm25(text.model)) {
      if (wanted.length === 0) wanted.push({ dialect: 'qdrant', recipe: null })
      return value
    }
    found.add(text)
    return text
  })
  const places = await groupTexts(found, encoders)
  const distinctGroups = new Set([...places.values()].map(({ group }) => group))
  for (const { spec } of distinctGroups) {
    if (spec.bm25 === undefined) continue
    const recipe = resolveBm25Options(spec.bm25)
    wanted.push({ dialect: recipe.dialect, recipe })
  }
  await requireBm25(wanted)
  if (found.size === 0) return copy

  await Promise.all(
    planBatches(distinctGroups).map(async ({ spec, texts, groups: served }) => {
      const batch = await encoders.encode(
        spec,
        texts.map(({ text }) => text),
        side,
      )
      for (const { kind, vectors } of served) {
        for (const [i, text] of texts.entries()) vectors.set(text, toJsonVector(vectorAt(batch, i, kind)))
      }
    }),
  )
  return map(copy, (value) => {
    const place = places.get(value)
    return place === undefined ? value : finish(place.group.vectors.get(place.distinct))
  })
}

/** Where the vector of a text object will be. */
interface TextPlace {
  readonly group: Group
  readonly distinct: DistinctText
}

/** The place of each text object; those of one model and options share a group. */
async function groupTexts(texts: Iterable<TextObject>, encoders: TextEncoders): Promise<Map<unknown, TextPlace>> {
  const bySpec = new Map<string, Group>()
  const known = new DistinctTexts()
  const places = new Map<unknown, TextPlace>()
  for (const text of texts) {
    const model = await encoders.resolve(text)
    const key = JSON.stringify(model.spec)
    const group = bySpec.get(key) ?? { ...model, texts: new Set(), vectors: new Map() }
    bySpec.set(key, group)
    const distinct = known.of(text.text)
    group.texts.add(distinct)
    places.set(text, { group, distinct })
  }
  return places
}
