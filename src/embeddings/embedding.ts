import type { EncodedBatch, Side } from '../encoders/encoder.js'
import { specForModel } from '../encoders/open-encoder.js'
import type { Precision } from '../encoders/transformer.js'
import { InputError, rejectUnknownOptions } from '../errors.js'
import type { ModelEntry, ModelKind } from '../onnx/manifest.js'
import { findModel } from '../onnx/model-files.js'
import { cutChunkStream } from '../pool/cut-chunks.js'
import { EncoderPool, type PooledEncoder } from '../pool/encoder-pool.js'
import { mapOrdered } from '../pool/map-ordered.js'

/** Texts to embed: one, a list, or a stream. */
export type Texts = string | Iterable<string> | AsyncIterable<string>

export interface EmbeddingOptions {
  /** Name of the model, in any case. */
  readonly model?: string
  /** Arithmetic of a transformer. @default 'fp32' */
  readonly precision?: Precision
  /** Worker threads, 1 … 512; not together with `pool`. @default the usable cores */
  readonly workers?: number
  /** Tokens of a text, special tokens included, after which it is cut. @default the model's own limit */
  readonly maxTokens?: number
  /** Of a late-interaction model: neighbouring rows of a document that become one, 1 … 16. @default 1 */
  readonly poolFactor?: number
  /** Folder with a manifest.json, looked at before `OFFGRID_MODELS` and the bundled models. */
  readonly modelsFolder?: string
  /** A pool to share with other encoders; `close()` leaves it open. @default a pool of its own */
  readonly pool?: EncoderPool
}

export interface EmbedOptions {
  /** Cancels between two runs of the model: the iteration then throws `CANCELLED`. */
  readonly signal?: AbortSignal
}

const OPTION_NAMES = ['model', 'precision', 'workers', 'maxTokens', 'poolFactor', 'modelsFolder', 'pool']

/** What an embedding is made of; opened by {@link openEmbedding}. */
export interface EmbeddingParts {
  readonly entry: ModelEntry
  readonly encoder: PooledEncoder
  readonly ownsPool: boolean
}

/**
 * Finds the model and starts the threads.
 * @throws InputError `UNKNOWN_OPTION`, `UNKNOWN_MODEL`, `WRONG_MODEL_KIND`
 */
export async function openEmbedding(
  kind: ModelKind,
  defaultModel: string,
  options: EmbeddingOptions,
): Promise<EmbeddingParts> {
  rejectUnknownOptions(options, OPTION_NAMES, 'create')
  const { model = defaultModel, pool, workers, ...encoding } = options
  if (pool !== undefined && workers !== undefined) {
    throw new InputError('INVALID_OPTION', 'create: expected workers or pool, got both.')
  }
  const { entry } = await findModel(model, { modelsFolder: options.modelsFolder })
  if (entry.kind !== kind) {
    throw new InputError(
      'WRONG_MODEL_KIND',
      `Expected a ${kind} model, got ${entry.name}, which is a ${entry.kind} model.`,
    )
  }
  const spec = await specForModel(entry.name, encoding)
  const threads = pool ?? (await EncoderPool.create(workers === undefined ? {} : { workers }))
  return { entry, encoder: threads.encoder(spec), ownsPool: pool === undefined }
}

/** What FastEmbed's classes have in common: texts in, one vector each out, in order. */
export abstract class Embedding<V> {
  readonly #parts: EmbeddingParts

  protected constructor(parts: EmbeddingParts) {
    this.#parts = parts
  }

  /** Name of the model as its manifest spells it. */
  get model(): string {
    return this.#parts.entry.name
  }

  protected get dimension(): number | null {
    return this.#parts.entry.dimension
  }

  protected abstract vectorAt(batch: EncodedBatch, i: number): V

  /**
   * Vectors of documents, one for each text, in the order of the texts. Reads ahead a bounded number of texts only.
   * @throws InputError `INVALID_DOCUMENT`; WorkerError `CANCELLED`; ModelError if a model's files are wrong
   */
  embed(documents: Texts, options: EmbedOptions = {}): AsyncGenerator<V> {
    return this.#encode(documents, 'document', options)
  }

  /** The same as {@link embed}, by FastEmbed's other name for it. */
  passageEmbed(documents: Texts, options: EmbedOptions = {}): AsyncGenerator<V> {
    return this.embed(documents, options)
  }

  /** Vectors of queries, one for each text, in the order of the texts. */
  async queryEmbed(queries: Texts, options: EmbedOptions = {}): Promise<V[]> {
    const vectors: V[] = []
    for await (const vector of this.#encode(queries, 'query', options)) vectors.push(vector)
    return vectors
  }

  /** Waits for what is under way and frees threads and memory, unless the pool is shared. */
  async close(): Promise<void> {
    if (this.#parts.ownsPool) await this.#parts.encoder.pool.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async *#encode(texts: Texts, side: Side, options: EmbedOptions): AsyncGenerator<V> {
    rejectUnknownOptions(options, ['signal'], 'embed')
    const { encoder } = this.#parts
    const chunks = cutChunkStream(inLists(texts), (text) => text, encoder.chunkLimits)
    const leaving = new AbortController()
    const signal = options.signal === undefined ? leaving.signal : AbortSignal.any([options.signal, leaving.signal])
    const encodeChunk = (chunk: readonly string[]) => encoder.encodeChunk(chunk, side, signal)
    // whoever leaves the iteration early does not wait for chunks that nobody will see
    for await (const batch of mapOrdered(chunks, encoder.concurrency, encodeChunk, () => leaving.abort())) {
      for (let i = 0; i < batch.tokens.length; i++) yield this.vectorAt(batch, i)
    }
  }
}

/** Texts gathered before they are cut into chunks. */
const LIST_LENGTH = 256

async function* inLists(texts: Texts): AsyncGenerator<string[]> {
  let list: string[] = []
  let index = 0
  for await (const text of typeof texts === 'string' ? [texts] : texts) {
    if (typeof text !== 'string') {
      throw new InputError(
        'INVALID_DOCUMENT',
        `Text ${index}: expected a string, got ${text === null ? 'null' : typeof text}.`,
      )
    }
    index++
    list.push(text)
    if (list.length === LIST_LENGTH) {
      yield list
      list = []
    }
  }
  if (list.length > 0) yield list
}
