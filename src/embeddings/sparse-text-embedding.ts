import { Bm25Encoder, type Bm25Term } from '../encoders/bm25/bm25.js'
import { resolveParameters } from '../encoders/bm25/bm25-options.js'
import { fitAvgLen } from '../encoders/bm25/bm25-weight.js'
import { DEFAULT_MODELS } from '../encoders/default-models.js'
import { InputError, optionError } from '../errors.js'
import { architectureOf } from '../onnx/manifest.js'
import { rejectUnknownOptions } from '../options.js'
import { type SparseVector, sparseAt } from '../vectors.js'
import { type Bm25EmbeddingOptions, type OpenedBm25, readBm25Recipe } from './bm25-embedding-options.js'
import { Embedding, type SignalOptions } from './embedding.js'
import { checkEmbeddingOptions, type EmbeddingOptions, requireSignal } from './embedding-options.js'
import { mapTexts, requireTextsOrStream, type Texts } from './map-texts.js'
import { type EmbeddingParts, findModelOfKind, openEmbedding, sideOf } from './open-embedding.js'
import { encodeHere, type PieceEncoder } from './piece-encoder.js'
import { networkSpec, refuseForeignOptions, SPARSE_NAMES, type SparseModelOptions } from './sparse-network-options.js'
import { SparseVectors } from './sparse-vectors.js'
import {
  addOwnModel,
  listSupportedModels,
  type OwnModel,
  type SupportedModel,
  type SupportedModelsOptions,
} from './supported-models.js'
import type { EncodedText, TextOutcome } from './text-outcome.js'
import type { CountTokens } from './token-counter.js'

const WHERE = 'SparseTextEmbedding.create'

/** Options of every embedding and, for `Qdrant/bm25`, of BM25; miniCOIL has BM25's `k`, `b` and `avgLen`, BM42 has `alpha`. */
export type SparseEmbeddingOptions = EmbeddingOptions & Bm25EmbeddingOptions & SparseModelOptions

/** How `SparseTextEmbedding.explain` reads a text. */
export interface ExplainOptions {
  /** Which side of a search the text is on: a query's terms all weigh 1. @default 'passage' */
  readonly as?: 'passage' | 'query'
}

/**
 * Sparse vectors: `indices` uint32 ascending, `values` float64. BM25 leaves IDF to the store: its collection needs `modifier: idf`.
 * @example
 * const bm25 = await SparseTextEmbedding.create({ language: 'german', avgLen: 'fit' })
 * await bm25.fit(documents) // a first pass over the corpus, or a sample of it
 * for await (const { indices, values } of bm25.embed(documents)) store(indices, values)
 */
export class SparseTextEmbedding extends Embedding<SparseVector, SparseVectors> {
  #bm25: OpenedBm25 | null

  private constructor(parts: EmbeddingParts, bm25: OpenedBm25 | null) {
    super(parts)
    this.#bm25 = bm25
  }

  /**
   * Opens a sparse model in worker threads.
   * An own `stemmer` is a function, which cannot cross into another thread: texts are then encoded in this one.
   * @throws InputError `UNKNOWN_OPTION`, `INVALID_OPTION`, `UNKNOWN_LANGUAGE`, `UNKNOWN_MODEL`, `WRONG_MODEL_KIND`
   * @throws ModelError `MODEL_FILE_MISSING`, `MODEL_FILE_CORRUPT`
   */
  static async create(options: SparseEmbeddingOptions = {}): Promise<SparseTextEmbedding> {
    checkEmbeddingOptions(options, SPARSE_NAMES, WHERE)
    if (options.truncation === 'chunk') {
      throw optionError(
        `${WHERE}: expected truncation to be "cut", "warn" or "error", got "chunk": sparse vectors of windows do not make one of the text.`,
      )
    }
    const entry = await findModelOfKind(options.model ?? DEFAULT_MODELS.bm25, 'sparse', options.modelsFolder)
    refuseForeignOptions(WHERE, options, entry)
    if (architectureOf(entry) !== 'bm25') {
      return new SparseTextEmbedding(await openEmbedding(WHERE, entry, options, networkSpec(options, entry)), null)
    }
    const bm25 = await readBm25Recipe(options, entry)
    if (!bm25.isLocal)
      return new SparseTextEmbedding(await openEmbedding(WHERE, entry, options, { bm25: bm25.options }), bm25)
    if (options.pool !== undefined || options.workers !== undefined) {
      throw optionError(
        `${WHERE}: expected no pool and no workers together with an own stemmer, which cannot cross into another thread.`,
      )
    }
    return new SparseTextEmbedding({ entry, spec: {}, options, pool: null, close: async () => {} }, bm25)
  }

  /** The sparse models that are known and those at hand. @throws ModelError `MANIFEST_INVALID` */
  static listSupportedModels(options: SupportedModelsOptions = {}): Promise<SupportedModel[]> {
    return listSupportedModels('sparse', options)
  }

  /**
   * Makes a folder with a sparse model usable by name in this process, without importing it.
   * It is proved by encoding a text, or scoring a pair, first.
   * @throws InputError `MODEL_EXISTS`, `UNKNOWN_OPTION`, `INVALID_OPTION`
   * @throws ModelError `MODEL_FILE_MISSING`, `MODEL_UNRECOGNISED`, `MODEL_MISMATCH`, `MODEL_UNUSABLE`, `SESSION_FAILED`, …
   */
  static addCustomModel(model: OwnModel): Promise<void> {
    return addOwnModel('sparse', model)
  }

  /** BM25's mean document length; null before `fit()` under `avgLen: 'fit'`, and for other models. Keep it with the collection. */
  get avgLen(): number | null {
    return this.#bm25 === null || this.#bm25.needsFit ? null : resolveParameters(this.#bm25.options).avgLen
  }

  /**
   * Takes BM25's `avgLen` from these texts, the whole corpus or a sample of it. Vectors that were made before keep theirs.
   * @returns the mean length in terms, empty documents included
   * @throws InputError `EMPTY_CORPUS`, `INVALID_DOCUMENT`, `NOT_BM25`; WorkerError `CANCELLED`
   */
  async fit(corpus: Texts, options: SignalOptions = {}): Promise<number> {
    rejectUnknownOptions(options, ['signal'], 'fit')
    requireSignal('fit', options.signal)
    requireTextsOrStream('fit', corpus)
    const bm25 = this.#requireBm25('fit')
    let terms = 0
    let documents = 0
    for await (const length of mapTexts(corpus, (text) => bm25.here.documentLength(text), options.signal)) {
      terms += length
      documents += 1
    }
    const fitted = { ...bm25.options, avgLen: fitAvgLen(terms, documents) }
    const here = await Bm25Encoder.open({ model: this.model, ...fitted }, this.parts.options.modelsFolder)
    this.#bm25 = { ...bm25, options: fitted, here, needsFit: false }
    return fitted.avgLen
  }

  /**
   * The terms behind a text's vector: what its indices, which are hashes, cannot be turned back into.
   * @throws InputError `NOT_BM25`, `INVALID_DOCUMENT`
   */
  explain(text: string, options: ExplainOptions = {}): Bm25Term[] {
    rejectUnknownOptions(options, ['as'], 'explain')
    return this.#requireBm25('explain').here.explain(text, sideOf('explain', options.as))
  }

  protected override encoder(): PieceEncoder {
    const bm25 = this.#bm25
    if (bm25 === null) return super.encoder()
    if (bm25.needsFit) {
      throw new InputError('NOT_FITTED', 'avgLen is "fit": call fit() with the corpus, or a sample of it, first.')
    }
    if (bm25.isLocal) return encodeHere(bm25.here)
    return this.parts.pool!.encoder({ ...this.parts.spec, bm25: bm25.options })
  }

  protected override countTokens(): CountTokens | Promise<CountTokens> {
    const here = this.#bm25?.here
    return here === undefined ? super.countTokens() : (text) => ({ tokens: here.wordCount(text), cutTokens: 0 })
  }

  protected override vectorOf({ batch, at }: EncodedText): SparseVector {
    const { indices, values } = sparseAt(batch.sparse!, at)
    return { indices: indices.slice(), values: values.slice() }
  }

  protected override batchOf(outcomes: readonly TextOutcome[]): SparseVectors {
    return new SparseVectors(outcomes)
  }

  #requireBm25(where: string): OpenedBm25 {
    if (this.#bm25 !== null) return this.#bm25
    throw new InputError('NOT_BM25', `${where}: expected BM25, got ${this.model}, whose weights come from a network.`)
  }
}
