import { notSuitable } from '../../encoders/network/not-suitable.js'
import { InputError } from '../../errors.js'
import type { ModelKind } from '../../onnx/manifest.js'
import { openModel } from '../../onnx/model-files.js'
import type { CollectionDescription } from '../../stores/store.js'
import { type CollectionPlan, type Method, planCollection } from './collection-plan.js'

/** A vector of a collection that another program filled, and the model that makes the vectors of queries for it. */
export interface NamedVector {
  /** Name of the vector, `''` for the one without a name. @default the only one that the model can be meant for */
  readonly using?: string | undefined
  readonly model: string
}

/**
 * Vectors and models by their places.
 * @throws InputError `INVALID_OPTION` unless there is a vector for each model, or none at all
 */
export function pairVectors(using: readonly string[], models: readonly string[]): NamedVector[] {
  if (using.length !== 0 && using.length !== models.length) {
    throw new InputError(
      'INVALID_OPTION',
      `Expected a vector (--using) for each model (--model), or none, got ${using.length} for ${models.length}.`,
    )
  }
  return models.map((model, i) => ({ using: using[i], model }))
}

const METHOD_OF: Partial<Readonly<Record<ModelKind, Method>>> = { dense: 'dense', sparse: 'bm25', late: 'late' }

/**
 * How a collection is searched that says nothing of how it was filled, as those of LangChain, LlamaIndex, Haystack and mem0: by the vectors and
 * models that the caller names. That the documents were embedded by the same model is the caller's word.
 * @param spec what is told of BM25's words
 * @throws InputError `UNKNOWN_MODEL`, `MODEL_NOT_SUITABLE`, `COLLECTION_MISMATCH`, `INVALID_OPTION`; ModelError
 */
export async function planForeign(
  collection: string,
  found: CollectionDescription,
  named: readonly NamedVector[],
  spec: Parameters<typeof planCollection>[0] = {},
): Promise<CollectionPlan> {
  const models: Partial<Record<Method, { readonly model: string; readonly using: string }>> = {}
  for (const { using, model } of named) {
    const { entry } = await openModel(model)
    const method = METHOD_OF[entry.kind]
    if (method === undefined) throw notSuitable(entry, 'vectors')
    if (models[method] !== undefined) {
      throw new InputError(
        'INVALID_OPTION',
        `Expected one ${entry.kind} model for a search, got ${model} beside another.`,
      )
    }
    const fitting = namesFor(method, found)
    const name = using ?? fitting[0]
    if (name === undefined || !fitting.includes(name) || (using === undefined && fitting.length > 1)) {
      const there = fitting.map((each) => JSON.stringify(each)).join(', ') || 'none'
      const wanted = using === undefined ? 'none' : JSON.stringify(using)
      throw new InputError(
        'COLLECTION_MISMATCH',
        `Collection "${collection}": expected a vector for the ${entry.kind} model ${entry.name} (--using), got ${wanted}; it has ${there}.`,
      )
    }
    models[method] = { model: entry.name, using: name }
  }
  const { dense, bm25, late } = models
  const plan = await planCollection({
    ...(bm25 !== undefined && spec),
    ...(dense && { dense: dense.model }),
    ...(bm25 && { sparse: bm25.model }),
    ...(late && { late: late.model }),
  })
  const vectors = Object.fromEntries(
    Object.entries(plan.vectors).map(([method, vector]) => {
      const { using } = models[method as Method]!
      const size = found.vectors[using]?.size
      if (size !== undefined && vector.dimension !== size) {
        throw new InputError(
          'COLLECTION_MISMATCH',
          `Collection "${collection}": expected a model with ${size} dimensions for the vector "${using}", got ${vector.model} with ${vector.dimension}.`,
        )
      }
      return [method, { ...vector, vector: using }]
    }),
  )
  return { ...plan, vectors }
}

/** The vectors of a collection that a method can use. */
function namesFor(method: Method, { vectors, sparseVectors }: CollectionDescription): string[] {
  if (method === 'bm25') return Object.keys(sparseVectors)
  const isLate = (name: string) => (vectors[name]?.multivector_config ?? null) !== null
  return Object.keys(vectors).filter((name) => isLate(name) === (method === 'late'))
}
