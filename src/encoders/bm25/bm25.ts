import { InputError } from '../../errors.js'
import { openModel } from '../../onnx/model-files.js'
import { rejectUnknownOptions, requireChoice } from '../../options.js'
import {
  type EncodedBatch,
  type EncodeOptions,
  type Encoder,
  requireTexts,
  type Side,
  throwIfStopped,
} from '../encoder.js'
import type { Bm25Analyzer } from './bm25-analyzer.js'
import { createFastEmbedAnalyzer } from './bm25-fastembed-analyzer.js'
import { BM25_OPTION_NAMES, type Bm25Options, requireOption, resolveParameters } from './bm25-options.js'
import { createQdrantAnalyzer } from './bm25-qdrant-analyzer.js'
import { SparseBatchBuilder } from './bm25-sparse-batch.js'
import { type CountedText, TermCounter } from './bm25-term-counter.js'
import { type Bm25Parameters, lengthNorm, weighTerm } from './bm25-weight.js'

/** A term behind an index of a vector. */
export interface Bm25Term {
  readonly term: string
  readonly index: number
  /** Occurrences in the text. */
  readonly count: number
  /** Its weight. Of terms that share an index, only the weight of the one that occurs last for the first time is in the vector. */
  readonly value: number
}

/**
 * BM25 term weights as sparse vectors, number for number those of FastEmbed's `Qdrant/bm25` or of a Qdrant server.
 * The IDF is the store's: its sparse vector needs `modifier: 'idf'`.
 * An encoded text without terms is an empty vector.
 */
export class Bm25Encoder implements Encoder {
  readonly #analyzer: Bm25Analyzer
  readonly #parameters: Bm25Parameters
  readonly #order: 'sorted' | 'fastembed'
  readonly #counter: TermCounter

  private constructor(analyzer: Bm25Analyzer, parameters: Bm25Parameters, order: 'sorted' | 'fastembed') {
    this.#analyzer = analyzer
    this.#parameters = parameters
    this.#order = order
    this.#counter = new TermCounter(analyzer.cutter, analyzer.termOf)
  }

  /**
   * @throws InputError `UNKNOWN_OPTION`, `INVALID_OPTION`, `UNKNOWN_LANGUAGE`, `UNSUPPORTED_TOKENIZER`
   * @throws ModelError `MODEL_FILE_MISSING` if a language's stopwords are not in `stopwordsFolder`
   */
  static async create(options: Bm25Options = {}): Promise<Bm25Encoder> {
    const { dialect = 'fastembed', order = 'sorted' } = options
    requireChoice('BM25', 'dialect', dialect, ['fastembed', 'qdrant'])
    requireChoice('BM25', 'order', order, ['sorted', 'fastembed'])
    requireChoice('BM25', 'asciiFolding', options.asciiFolding, [true, false])
    requireOption(['string', 'undefined'].includes(typeof options.language), 'language', 'a string', options.language)
    rejectUnknownOptions(options, BM25_OPTION_NAMES[dialect], `BM25 (dialect ${dialect})`)
    const parameters = resolveParameters(options)
    const analyzer = await (options.dialect === 'qdrant'
      ? createQdrantAnalyzer(options)
      : createFastEmbedAnalyzer(options))
    return new Bm25Encoder(analyzer, parameters, order)
  }

  /**
   * The encoder of a sparse model by its name, with the stopword lists that come with it.
   * @throws InputError `UNKNOWN_MODEL` if there is no such model or it is of another kind; else as {@link create}
   * @throws ModelError `MODEL_FILE_MISSING`, `MODEL_FILE_CORRUPT`
   */
  static async open(options: Bm25Options & { readonly model: string }, modelsFolder?: string): Promise<Bm25Encoder> {
    const { model, ...rest } = options
    const { entry, folder } = await openModel(model, { modelsFolder })
    if (entry.kind !== 'sparse') {
      throw new InputError('UNKNOWN_MODEL', `Expected a sparse model, got ${entry.name}, which is ${entry.kind}.`)
    }
    return Bm25Encoder.create({ stopwordsFolder: folder, ...rest })
  }

  /**
   * Documents as term weights, queries as ones. `tokens` counts the words of a text before any was dropped
   * (FastEmbed's `token_count`); nothing is ever cut off.
   */
  async encode(texts: readonly string[], side: Side, options?: EncodeOptions): Promise<EncodedBatch> {
    requireTexts(texts)
    const tokens = new Uint32Array(texts.length)
    const batch = new SparseBatchBuilder(texts.length)
    for (const [i, text] of texts.entries()) {
      throwIfStopped(options)
      const counted = this.#counter.count(text)
      tokens[i] = counted.words
      batch.add(counted.ids.subarray(0, counted.size), this.#weigh(counted, side), this.#order === 'sorted')
    }
    return { sparse: batch.finish(), tokens, cutTokens: new Uint32Array(texts.length) }
  }

  /** The terms behind a text's vector, by index or by first occurrence as `order` says. */
  explain(text: string, side: Side): Bm25Term[] {
    requireTexts([text])
    const counted = this.#counter.count(text)
    const weights = this.#weigh(counted, side)
    const terms = this.#counter.termTexts().map((term, i) => {
      return { term, index: counted.ids[i]!, count: counted.counts[i]!, value: weights[i]! }
    })
    return this.#order === 'sorted' ? terms.sort((a, b) => a.index - b.index) : terms
  }

  /** The document's length in terms, as BM25 counts it: `fitAvgLen` takes their sum over a corpus. */
  documentLength(text: string): number {
    requireTexts([text])
    return this.#counter.count(text).length
  }

  /** Words of a text before any was dropped: FastEmbed's `token_count`. */
  wordCount(text: string): number {
    requireTexts([text])
    return this.#counter.count(text).words
  }

  async close(): Promise<void> {}

  /** The weight of every term, float64 [size]. */
  #weigh({ size, length, counts }: CountedText, side: Side): Float64Array {
    if (side === 'query') return new Float64Array(size).fill(1)
    const weights = new Float64Array(size)
    const norm = lengthNorm(length, this.#parameters)
    const isFloat32 = this.#analyzer.precision === 'float32'
    for (let i = 0; i < size; i += 1) {
      const weight = weighTerm(counts[i]!, norm, this.#parameters.k)
      weights[i] = isFloat32 ? Math.fround(weight) : weight
    }
    return weights
  }
}
