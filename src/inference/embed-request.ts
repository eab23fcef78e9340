import { resolveBm25Options } from '../encoders/bm25/bm25-recipe.js'
import { type Side, vectorAt } from '../encoders/encoder.js'
import type { WantedBm25 } from '../stores/collection-metadata.js'
import { isInferenceObject, readTextObject, type TextObject } from './inference-object.js'
import { type JsonVector, toJsonVector } from './json-vector.js'
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
  readonly texts: Set<string>
  /** By text, once they are computed. */
  readonly vectors: Map<string, JsonVector>
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
  const found = new Map<unknown, TextObject>()
  const wanted: WantedBm25[] = []
  const copy = map(request, (value) => {
    if (!isInferenceObject(value)) return finish(value)
    const text = readTextObject(value)
    if (keepsBm25 && isBm25(text.model)) {
      if (wanted.length === 0) wanted.push({ dialect: 'qdrant', recipe: null })
      return value
    }
    found.set(text, text)
    return text
  })
  const groups = await groupTexts(found.values(), encoders)
  for (const { spec } of new Set(groups.values())) {
    if (spec.bm25 === undefined) continue
    const recipe = resolveBm25Options(spec.bm25)
    wanted.push({ dialect: recipe.dialect, recipe })
  }
  await requireBm25(wanted)
  if (found.size === 0) return copy

  await Promise.all(
    planBatches(new Set(groups.values())).map(async ({ spec, texts, groups: served }) => {
      const batch = await encoders.encode(spec, texts, side)
      for (const { kind, vectors } of served) {
        for (const [i, text] of texts.entries()) vectors.set(text, toJsonVector(vectorAt(batch, i, kind)))
      }
    }),
  )
  return map(copy, (value) => {
    const text = found.get(value)
    return text === undefined ? value : finish(groups.get(text)!.vectors.get(text.text))
  })
}

/** The group of each text object; those of one model and options share theirs. */
async function groupTexts(texts: Iterable<TextObject>, encoders: TextEncoders): Promise<Map<TextObject, Group>> {
  const bySpec = new Map<string, Group>()
  const byText = new Map<TextObject, Group>()
  for (const text of texts) {
    const model = await encoders.resolve(text)
    const key = JSON.stringify(model.spec)
    const group = bySpec.get(key) ?? { ...model, texts: new Set(), vectors: new Map() }
    bySpec.set(key, group)
    group.texts.add(text.text)
    byText.set(text, group)
  }
  return byText
}
