import type { Bm25Encoder } from '../../encoders/bm25/bm25.js'
import type { Bm25Options } from '../../encoders/bm25/bm25-options.js'
import type { Bm25Recipe } from '../../encoders/bm25/bm25-recipe.js'
import type { Side } from '../../encoders/encoder.js'
import { StoreError } from '../../errors.js'
import { getOrOpen } from '../../get-or-make.js'
import { isMissing, isObject, type JsonObject } from '../../options.js'
import { type SparseVector, sparseAt } from '../../vectors.js'
import type { VectorInput } from '../store.js'
import { readServerBm25Options } from './server-bm25-options.js'

/** Names of the model that a Qdrant server computes itself; upper and lower case count as equal. */
const BM25_NAMES = ['qdrant/bm25', 'bm25']

/** The collection that the texts are for, and how its BM25 was made, if that is written down. */
export interface TextTarget {
  readonly collection: string
  recordedBm25(): Promise<Bm25Recipe | null>
}

/** A text of a request that stands in the place of a vector. */
export interface RequestText {
  readonly text: string
  readonly model: string
  readonly options?: unknown
}

/** Makes the vectors of texts, in their order. */
export type EmbedTexts = (texts: readonly RequestText[], side: Side) => Promise<readonly VectorInput[]>

/** Loads BM25, which a client that is sent vectors never needs. */
async function loadBm25() {
  const [{ Bm25Encoder }, { resolveBm25Options }, metadata] = await Promise.all([
    import('../../encoders/bm25/bm25.js'),
    import('../../encoders/bm25/bm25-recipe.js'),
    import('../collection-metadata.js'),
  ])
  return { Bm25Encoder, resolveBm25Options, ...metadata }
}

/** Turns `{ text, model, options }` into vectors where a vector may stand, for the one model that a Qdrant server has built in: BM25. */
export class TextInference {
  readonly #encoders = new Map<string, Promise<Bm25Encoder>>()
  readonly #embedTexts: EmbedTexts | undefined

  /**
   * @param embedTexts makes the vectors of all other models; without it they are refused. With it, BM25 without options is that of the collection,
   *   where that is written down, and not always the server's: the terms of a query are then those that are stored.
   */
  constructor(embedTexts?: EmbedTexts) {
    this.#embedTexts = embedTexts
  }

  /**
   * The request with every text object replaced by its vector; the request itself where there is none.
   * @param keys the parts of the request in which vectors stand
   * @throws StoreError `INFERENCE_UNAVAILABLE` for any other model, `REQUEST_REFUSED` for wrong options
   * @throws InputError `COLLECTION_MISMATCH` for BM25 that does not fit what is stored
   */
  async embed(request: object, keys: readonly string[], side: Side, target: TextTarget): Promise<JsonObject> {
    const body = request as JsonObject
    const texts: RequestText[] = []
    for (const key of keys) collectTexts(body[key], texts)
    if (texts.length === 0) return body
    const vectors = new Map<unknown, VectorInput>()
    const others = texts.filter(({ model }) => !isBm25(model))
    if (others.length > 0) {
      const embedded = await this.#embedOthers(others, side)
      for (const [i, text] of others.entries()) vectors.set(text, embedded[i]!)
    }
    for (const text of texts) {
      if (!vectors.has(text)) vectors.set(text, await this.#embedBm25(text, side, target))
    }
    const replaced: Record<string, unknown> = { ...body }
    for (const key of keys) if (!isMissing(body[key])) replaced[key] = replaceTexts(body[key], vectors)
    return replaced
  }

  async #embedOthers(texts: readonly RequestText[], side: Side): Promise<readonly VectorInput[]> {
    if (this.#embedTexts !== undefined) return await this.#embedTexts(texts, side)
    throw new StoreError(
      'INFERENCE_UNAVAILABLE',
      `Service internal error: InferenceService URL not configured for model "${texts[0]!.model}": the embedded store computes BM25 only. Use InferenceClient, which embeds texts before it asks the store.`,
      { status: 500 },
    )
  }

  async #embedBm25({ text, options }: RequestText, side: Side, target: TextTarget): Promise<SparseVector> {
    const given = isObject(options) ? options : {}
    const recorded = await target.recordedBm25()
    const takesRecorded = this.#embedTexts !== undefined && recorded !== null && Object.keys(given).length === 0
    const ours = takesRecorded ? (recorded as Bm25Options) : readServerBm25Options(given)
    const { resolveBm25Options, bm25Differences, bm25Mismatch } = await loadBm25()
    const encoder = await this.#encoder(ours)
    if (recorded !== null && !takesRecorded) {
      const recipe = resolveBm25Options(ours)
      const differences = bm25Differences(recorded, { dialect: recipe.dialect, recipe }, side)
      const advice =
        this.#embedTexts === undefined
          ? 'An InferenceClient over this client computes the BM25 of offgrid ingest.'
          : 'Leave the options out: the text is then embedded as the collection is.'
      if (differences.length > 0) throw bm25Mismatch(target.collection, differences, advice)
    }
    const { sparse } = await encoder.encode([text], side)
    return sparseAt(sparse!, 0)
  }

  #encoder(options: Bm25Options): Promise<Bm25Encoder> {
    const key = JSON.stringify(options)
    return getOrOpen(this.#encoders, key, async () => {
      const { Bm25Encoder } = await loadBm25()
      return Bm25Encoder.open({ model: 'Qdrant/bm25', ...options })
    })
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

/** Appends the texts anywhere inside; lists of numbers are not looked through. */
function collectTexts(value: unknown, texts: RequestText[], at = ''): void {
  if (Array.isArray(value)) {
    if (typeof value[0] !== 'number') for (const element of value) collectTexts(element, texts, at)
  } else if (isTextObject(value)) texts.push(value)
  else if (isObject(value)) {
    for (const key in value) if (mayHoldVectors(key, at)) collectTexts(value[key], texts, key)
  }
}

/** A copy with the vectors in the places of their texts; what holds no text is itself. */
function replaceTexts(value: unknown, vectors: ReadonlyMap<unknown, VectorInput>, at = ''): unknown {
  if (Array.isArray(value)) {
    return typeof value[0] === 'number' ? value : value.map((element) => replaceTexts(element, vectors, at))
  }
  if (!isObject(value)) return value
  const vector = vectors.get(value)
  if (vector !== undefined) return vector
  const entries = Object.entries(value).map(
    ([key, inner]) => [key, mayHoldVectors(key, at) ? replaceTexts(inner, vectors, key) : inner] as const,
  )
  return Object.fromEntries(entries)
}

function isTextObject(value: unknown): value is RequestText & JsonObject {
  return isObject(value) && typeof value.text === 'string' && typeof value.model === 'string'
}

function isBm25(model: string): boolean {
  return BM25_NAMES.includes(model.toLowerCase())
}
