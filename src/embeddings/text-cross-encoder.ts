import type { CrossEncoderSpec } from '../encoders/pairs/cross-encoder.js'
import { requirePairs, type TextPair } from '../encoders/pairs/pair-scorer.js'
import { InputError } from '../errors.js'
import { isCustomModel } from '../onnx/custom-models.js'
import { findModel, openModel } from '../onnx/model-files.js'
import { given, isIterable, refuseNew, rejectUnknownOptions, shown } from '../options.js'
import { cutPieceStream } from '../pool/cut-pieces.js'
import { EncoderPool } from '../pool/encoder-pool.js'
import { mapOrdered } from '../pool/map-ordered.js'
import { PooledCrossEncoder, textOf } from '../pool/pooled-cross-encoder.js'
import { openTokenizer } from '../tokenizers/open-tokenizer.js'
import { abortable } from './abortable.js'
import type { SignalOptions } from './embedding.js'
import { checkEmbeddingOptions, type EmbeddingOptions, requireSignal } from './embedding-options.js'
import { inLists } from './in-lists.js'
import { mapInTurns, requireTextsOrStream, type Texts } from './map-texts.js'
import { findModelOfKind, namingCaller } from './open-embedding.js'
import {
  addOwnModel,
  listSupportedModels,
  type OwnModel,
  type SupportedModel,
  type SupportedModelsOptions,
} from './supported-models.js'

/** Pairs of a query and a document: a list, or a stream. */
export type TextPairs = Iterable<TextPair> | AsyncIterable<TextPair>

/** What `TextCrossEncoder.create` can be told. */
export type CrossEncoderOptions = Pick<
  EmbeddingOptions,
  'model' | 'precision' | 'workers' | 'maxTokens' | 'lazyLoad' | 'modelsFolder' | 'pool'
>

const OPTION_NAMES = ['model', 'precision', 'workers', 'maxTokens', 'lazyLoad', 'modelsFolder', 'pool']
const DEFAULT_MODEL = 'Xenova/ms-marco-MiniLM-L-6-v2'
const WHERE = 'TextCrossEncoder.create'

/** Pairs gathered before they are cut into pieces. */
const LIST_LENGTH = 256

interface Parts {
  readonly spec: CrossEncoderSpec
  readonly pool: EncoderPool
  readonly ownsPool: boolean
}

/**
 * Scores how well documents answer a query, both read together by one network: slower than comparing vectors and more exact, so it is
 * for the best few of a search. Scores are raw logits, float32: higher is better, and only scores of one model compare.
 * @example
 * const reranker = await TextCrossEncoder.create({ model: 'Xenova/ms-marco-MiniLM-L-6-v2' })
 * for await (const score of reranker.rerank('what is aspirin', ['a drug', 'a river'])) console.log(score) // 8.1, −11.3
 * await reranker.close()
 */
export class TextCrossEncoder {
  /** Name of the model as its manifest spells it. */
  readonly model: string
  readonly #parts: Parts
  readonly #encoder: PooledCrossEncoder
  #counter: Promise<(pair: TextPair) => number> | null = null

  private constructor(parts: Parts) {
    refuseNew(parts?.spec !== undefined, 'TextCrossEncoder', 'create()')
    this.model = parts.spec.reranker
    this.#parts = parts
    this.#encoder = new PooledCrossEncoder(parts.pool, parts.spec)
  }

  /**
   * Opens a reranker in worker threads.
   * @throws InputError `UNKNOWN_OPTION`, `INVALID_OPTION`, `UNKNOWN_MODEL`, `WRONG_MODEL_KIND`
   * @throws ModelError `MODEL_FILE_MISSING`, `MODEL_FILE_CORRUPT`, `CHECKPOINT_UNSUPPORTED`, …
   */
  static async create(options: CrossEncoderOptions = {}): Promise<TextCrossEncoder> {
    checkEmbeddingOptions(options, [], WHERE)
    rejectUnknownOptions(options, OPTION_NAMES, WHERE)
    const { model = DEFAULT_MODEL, workers, pool: shared, lazyLoad = false, ...encoding } = options
    const entry = await findModelOfKind(model, 'reranker', options.modelsFolder)
    const custom = isCustomModel(entry.name) && { custom: [await findModel(entry.name)] }
    const spec: CrossEncoderSpec = { ...encoding, reranker: entry.name, ...custom }
    const pool = shared ?? (await EncoderPool.create(given({ workers })))
    const reranker = new TextCrossEncoder({ spec, pool, ownsPool: shared === undefined })
    try {
      if (!lazyLoad) await pool.scorePiece(spec, [])
    } catch (error) {
      await reranker.close()
      throw namingCaller(WHERE, error)
    }
    return reranker
  }

  /** The rerankers that are known and those at hand. @throws ModelError `MANIFEST_INVALID` */
  static listSupportedModels(options: SupportedModelsOptions = {}): Promise<SupportedModel[]> {
    return listSupportedModels('reranker', options)
  }

  /**
   * Makes a folder with a reranker usable by name in this process, without importing it.
   * It is proved by encoding a text, or scoring a pair, first.
   * @throws InputError `MODEL_EXISTS`, `UNKNOWN_OPTION`, `INVALID_OPTION`
   * @throws ModelError `MODEL_FILE_MISSING`, `MODEL_UNRECOGNISED`, `MODEL_MISMATCH`, `MODEL_UNUSABLE`, `SESSION_FAILED`, …
   */
  static addCustomModel(model: OwnModel): Promise<void> {
    return addOwnModel('reranker', model)
  }

  /**
   * The score of each document for the query, in the order of the documents. Reads ahead a bounded number of documents only.
   * @throws InputError `INVALID_DOCUMENT`; WorkerError `CANCELLED`; ModelError if a model's files are wrong
   */
  rerank(query: string, documents: Texts, options: SignalOptions = {}): AsyncGenerator<number, void, undefined> {
    return this.#score(pairUp(query, documents), options, 'rerank')
  }

  /** The score of each pair, in the order of the pairs; otherwise as {@link rerank}. */
  rerankPairs(pairs: TextPairs, options: SignalOptions = {}): AsyncGenerator<number, void, undefined> {
    return this.#score(pairs, options, 'rerankPairs')
  }

  /**
   * Tokens of all pairs together as the model reads them, special tokens included, after the cut: FastEmbed's `token_count`.
   * Nothing is run: only the tokenizer works, in this thread.
   * @throws InputError `INVALID_DOCUMENT`; WorkerError `CANCELLED`
   */
  async tokenCount(pairs: TextPairs, options: SignalOptions = {}): Promise<number> {
    checkCall(pairs, options, 'tokenCount')
    this.#counter ??= openPairCounter(this.#parts.spec)
    this.#counter.catch(() => {
      this.#counter = null
    })
    const count = await this.#counter
    const countPair = (pair: TextPair, index: number) => count(toPair(pair, index))
    let sum = 0
    for await (const tokens of mapInTurns(pairs, countPair, options.signal)) sum += tokens
    return sum
  }

  /** Waits for what is under way and frees threads and memory, unless the pool is shared. */
  async close(): Promise<void> {
    if (this.#parts.ownsPool) await this.#parts.pool.close()
  }

  /** The same as {@link close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async *#score(pairs: TextPairs, options: SignalOptions, where: string): AsyncGenerator<number, void, undefined> {
    checkCall(pairs, options, where)
    const leaving = new AbortController()
    const { signal } = options
    const ending = signal === undefined ? leaving.signal : AbortSignal.any([signal, leaving.signal])
    const lists = inLists(abortable(pairs, ending), LIST_LENGTH, toPair)
    const pieces = cutPieceStream(lists, textOf, this.#encoder.pieceLimits)
    const scorePiece = (piece: readonly TextPair[]) => this.#encoder.scorePiece(piece, ending)
    // whoever leaves the iteration early does not wait for pieces that nobody will see
    for await (const { scores } of mapOrdered(pieces, this.#encoder.concurrency, scorePiece, () => leaving.abort())) {
      yield* scores
    }
  }
}

/** Counts the tokens of a pair as a reranker reads it. */
async function openPairCounter({ reranker, maxTokens, modelsFolder }: CrossEncoderSpec) {
  const { entry, folder } = await openModel(reranker, { modelsFolder })
  const tokenizer = await openTokenizer(folder)
  const limit = maxTokens ?? entry.maxTokens ?? Number.MAX_SAFE_INTEGER
  return ([query, document]: TextPair) => tokenizer.encodePair(query, document, limit).inputIds.length
}

async function* pairUp(query: string, documents: Texts): AsyncGenerator<TextPair> {
  requireTextsOrStream('rerank', documents)
  for await (const document of typeof documents === 'string' ? [documents] : documents) yield [query, document]
}

/** @throws InputError `INVALID_DOCUMENT` */
function toPair(pair: TextPair, index: number): TextPair {
  requirePairs([pair], index)
  return pair
}

/** @throws InputError `UNKNOWN_OPTION`, `INVALID_OPTION`, `INVALID_DOCUMENT` */
function checkCall(pairs: unknown, options: SignalOptions, where: string): void {
  rejectUnknownOptions(options, ['signal'], where)
  requireSignal(where, options.signal)
  if (isIterable(pairs)) return
  throw new InputError('INVALID_DOCUMENT', `${where}: expected an iterable of [query, document], got ${shown(pairs)}.`)
}
