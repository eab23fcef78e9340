import type { Bm25Encoder } from '../../encoders/bm25/bm25.js'
import type { Bm25Options } from '../../encoders/bm25/bm25-options.js'
import type { Bm25Recipe } from '../../encoders/bm25/bm25-recipe.js'
import type { Side } from '../../encoders/encoder.js'
import { StoreError } from '../../errors.js'
import { isMissing, isObject, type JsonObject } from '../../options.js'
import { type SparseVector, sparseAt } from '../../vectors.js'
import { readServerBm25Options } from './server-bm25-options.js'

/** Names of the model that a Qdrant server computes itself; upper and lower case count as equal. */
const BM25_NAMES = ['qdrant/bm25', 'bm25']

/** Refuses BM25 that does not fit what is stored, with `COLLECTION_MISMATCH`. */
export type RequireRecipe = (recipe: Bm25Recipe) => Promise<void>

/** Loads BM25, which a client that is sent vectors never needs. */
async function loadBm25() {
  const [{ Bm25Encoder }, { resolveBm25Options }] = await Promise.all([
    import('../../encoders/bm25/bm25.js'),
    import('../../encoders/bm25/bm25-recipe.js'),
  ])
  return { Bm25Encoder, resolveBm25Options }
}

/** Turns `{ text, model, options }` into vectors where a vector may stand, for the one model that a Qdrant server has built in: BM25. */
export class TextInference {
  readonly #encoders = new Map<string, Promise<Bm25Encoder>>()

  /**
   * The request with every text object replaced by its vector; the request itself where there is none.
   * @param keys the parts of the request in which vectors stand
   * @param requireRecipe refuses BM25 that does not fit what is stored
   * @throws StoreError `INFERENCE_UNAVAILABLE` for any other model, `REQUEST_REFUSED` for wrong options
   */
  async embed(request: object, keys: readonly string[], side: Side, requireRecipe: RequireRecipe): Promise<JsonObject> {
    const body = request as JsonObject
    if (!keys.some((key) => holdsText(body[key]))) return body
    const replaced: Record<string, unknown> = { ...body }
    for (const key of keys)
      if (!isMissing(body[key])) replaced[key] = await this.#embedIn(body[key], side, requireRecipe)
    return replaced
  }

  async #embedIn(value: unknown, side: Side, requireRecipe: RequireRecipe, at = ''): Promise<unknown> {
    if (!holdsText(value, at)) return value
    if (Array.isArray(value)) {
      return Promise.all(value.map((element) => this.#embedIn(element, side, requireRecipe, at)))
    }
    const fields = value as JsonObject
    if (isTextObject(fields)) return this.#embedText(fields, side, requireRecipe)
    const entries = Object.entries(fields).map(
      async ([key, inner]) =>
        [key, mayHoldVectors(key, at) ? await this.#embedIn(inner, side, requireRecipe, key) : inner] as const,
    )
    return Object.fromEntries(await Promise.all(entries))
  }

  async #embedText(
    { text, model, options }: JsonObject,
    side: Side,
    requireRecipe: RequireRecipe,
  ): Promise<SparseVector> {
    if (!BM25_NAMES.includes(String(model).toLowerCase())) {
      throw new StoreError(
        'INFERENCE_UNAVAILABLE',
        `Service internal error: InferenceService URL not configured for model "${String(model)}": the embedded store computes BM25 only. Use InferenceClient, which embeds texts before it asks the store.`,
        { status: 500 },
      )
    }
    const ours = readServerBm25Options(isObject(options) ? options : {})
    const encoder = await this.#encoder(ours)
    const { resolveBm25Options } = await loadBm25()
    await requireRecipe(resolveBm25Options(ours))
    const { sparse } = await encoder.encode([text as string], side)
    return sparseAt(sparse!, 0)
  }

  #encoder(options: Bm25Options): Promise<Bm25Encoder> {
    const key = JSON.stringify(options)
    let encoder = this.#encoders.get(key)
    if (!encoder) {
      encoder = loadBm25().then(({ Bm25Encoder }) => Bm25Encoder.open({ model: 'Qdrant/bm25', ...options }))
      this.#encoders.set(key, encoder)
      encoder.catch(() => this.#encoders.delete(key))
    }
    return encoder
  }
}

/** Keys under which no vector stands, whatever their objects look like. */
const NO_VECTORS = new Set(['filter', 'payload', 'payloads', 'formula'])

/** Under these, the keys are names of vectors, whatever they are. */
const VECTORS_BY_NAME = new Set(['vector', 'vectors'])

/** Whether a vector may stand under a key of the object that stands under another key. */
function mayHoldVectors(key: string, at: string): boolean {
  return VECTORS_BY_NAME.has(at) || !NO_VECTORS.has(key)
}

/** Whether there is a text anywhere inside; lists of numbers are not looked through. */
function holdsText(value: unknown, at = ''): boolean {
  if (Array.isArray(value)) return typeof value[0] !== 'number' && value.some((element) => holdsText(element, at))
  if (!isObject(value)) return false
  if (isTextObject(value)) return true
  for (const key in value) if (mayHoldVectors(key, at) && holdsText(value[key], key)) return true
  return false
}

function isTextObject(value: JsonObject): boolean {
  return typeof value.text === 'string' && typeof value.model === 'string'
}
