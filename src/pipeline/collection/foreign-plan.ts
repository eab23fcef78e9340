import type { EncoderSpec } from '../../encoders/open-encoder.js'
import { InputError } from '../../errors.js'
import type { CollectionDescription } from '../../stores/store.js'
import { type CollectionPlan, type Method, planCollection } from './collection-plan.js'
import { METHODS } from './methods.js'

/** The vectors and models that a search is by. */
export interface NamedVectors {
  /** Names of vectors, `''` for the one without a name; the kind of each says which model is meant for it. @default for each model the only vector of its kind */
  readonly using?: readonly string[]
  /** Model of each method. */
  readonly models: Partial<Readonly<Record<Method, string>>>
}

/** The options of `offgrid search` that name a model. */
const OPTION_OF: Readonly<Record<Method, string>> = {
  dense: '--model',
  bm25: '--sparse-model',
  late: '--late-model',
}

/**
 * How a collection is searched that says nothing of how it was filled, as those of LangChain, LlamaIndex, Haystack and mem0: by the vectors and
 * models that the caller names. That the documents were embedded by the same model is the caller's word.
 * @param settings of the models
 * @throws InputError `UNKNOWN_MODEL`, `MODEL_NOT_SUITABLE`, `COLLECTION_MISMATCH`, `INVALID_OPTION`; ModelError
 */
export async function planForeign(
  collection: string,
  found: CollectionDescription,
  { using = [], models }: NamedVectors,
  { bm25: words, ...settings }: Pick<EncoderSpec, 'bm25' | 'prefixes'> = {},
): Promise<CollectionPlan> {
  const refuse = (expected: string, got: string) =>
    new InputError('COLLECTION_MISMATCH', `Collection "${collection}": expected ${expected}, got ${got}.`)
  const names: Partial<Record<Method, string>> = {}
  for (const name of using) {
    const method = METHODS.find((each) => namesFor(each, found).includes(name))
    if (method === undefined) {
      const there = METHODS.flatMap((each) => namesFor(each, found))
      throw refuse(`a vector that it has (${listed(there)})`, JSON.stringify(name))
    }
    if (names[method] !== undefined) throw refuse(`one ${method} vector`, listed([names[method], name]))
    names[method] = name
  }
  for (const method of METHODS) {
    const isNamed = names[method] !== undefined
    if (models[method] === undefined) {
      if (isNamed)
        throw refuse(`a model for the ${method} vector ${JSON.stringify(names[method])}`, `no ${OPTION_OF[method]}`)
      continue
    }
    if (isNamed) continue
    if (using.length > 0) throw refuse(`a ${method} vector among --using for ${models[method]}`, listed(using))
    const fitting = namesFor(method, found)
    if (fitting.length !== 1) throw refuse(`one ${method} vector for ${models[method]}, or --using`, listed(fitting))
    names[method] = fitting[0]!
  }
  const { dense, bm25, late } = models
  const plan = await planCollection({
    ...settings,
    ...(bm25 && { sparse: bm25, ...(words !== undefined && { bm25: words }) }),
    ...(dense && { dense }),
    ...(late && { late }),
  })
  const vectors: Partial<Record<Method, NonNullable<CollectionPlan['vectors'][Method]>>> = {}
  for (const method of METHODS) {
    const planned = plan.vectors[method]
    if (planned === undefined) continue
    const vector = names[method]!
    const size = found.vectors[vector]?.size
    if (size !== undefined && planned.dimension !== size) {
      throw refuse(`a model with ${size} dimensions for "${vector}"`, `${planned.model} with ${planned.dimension}`)
    }
    vectors[method] = { ...planned, vector }
  }
  return { ...plan, vectors }
}

/** The vectors of a collection that a method can use. */
function namesFor(method: Method, { vectors, sparseVectors }: CollectionDescription): string[] {
  if (method === 'bm25') return Object.keys(sparseVectors)
  const isLate = (name: string) => (vectors[name]?.multivector_config ?? null) !== null
  return Object.keys(vectors).filter((name) => isLate(name) === (method === 'late'))
}

function listed(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name)).join(', ') || 'none'
}
