import type { Side } from '../encoders/encoder.js'
import { InputError, type OffgridError } from '../errors.js'
import { refuseNew, rejectUnknownOptions, requireChoice, requireCount } from '../options.js'
import { embedTexts } from './embed-texts.js'
import { requireSignal } from './embedding-options.js'
import { EmbeddingCounts, type EmbeddingStats } from './embedding-stats.js'
import { inLists } from './in-lists.js'
import { cutWindows } from './long-texts.js'
import { mapTexts, requireTextsOrStream, type Texts } from './map-texts.js'
import { type EmbeddingParts, sideOf } from './open-embedding.js'
import type { PieceEncoder } from './piece-encoder.js'
import type { EncodedText, TextOutcome } from './text-outcome.js'
import { type CountTokens, openTokenCounter, type TokenCount } from './token-counter.js'

/** What becomes of a bad text: one that is no string, that no run of the model accepts, or that is too long under `truncation: 'error'`. */
export type OnError = 'throw' | 'skip' | 'collect'

/** How a call can be cancelled. */
export interface SignalOptions {
  /** Cancels between two runs of the model, or while the texts are waited for: `CANCELLED` is thrown. */
  readonly signal?: AbortSignal
}

/** How `embed`, `passageEmbed` and `queryEmbed` embed. */
export interface EmbedOptions<E extends OnError = OnError> extends SignalOptions {
  /** `throw`: its error is thrown in its place. `skip`: it is left out. `collect`: its error stands in its place. @default 'throw' */
  readonly onError?: E
}

/** How `embedBatches` embeds. */
export interface EmbedBatchesOptions extends SignalOptions {
  /** Texts of a batch; the last may have fewer. @default 256 */
  readonly batchSize?: number
  /** Which side of a search the texts are on. @default 'passage' */
  readonly as?: 'passage' | 'query'
  /** `throw`: a bad text's error is thrown. `skip` and `collect`: it is in the batch's `errors` and has no vector. @default 'throw' */
  readonly onError?: OnError
}

/** What `embed` gives for a text. */
export type Embedded<V, E extends OnError> = 'collect' extends E ? V | OffgridError : V

const BATCH_SIZE = 256

/** What FastEmbed's classes have in common: texts in, one vector each out, in order. */
export abstract class Embedding<V, B> {
  protected readonly parts: EmbeddingParts
  readonly #counts = new EmbeddingCounts()
  #counter: Promise<CountTokens> | null = null

  protected constructor(parts: EmbeddingParts) {
    refuseNew(parts?.entry !== undefined, new.target.name, 'create()')
    this.parts = parts
  }

  /** Name of the model as its manifest spells it. */
  get model(): string {
    return this.parts.entry.name
  }

  /** What was embedded since `create`: texts, tokens, and what was cut off or failed. */
  get stats(): EmbeddingStats {
    return this.#counts.snapshot()
  }

  /** Counts the tokens of a text as the model sees it. */
  protected countTokens(): CountTokens | Promise<CountTokens> {
    this.#counter ??= openTokenCounter(this.parts)
    this.#counter.catch(() => {
      this.#counter = null
    })
    return this.#counter
  }

  /** Who encodes. */
  protected encoder(): PieceEncoder {
    return this.parts.pool!.encoder(this.parts.spec)
  }

  /** A text's vector in memory of its own: who keeps one keeps no batch alive, and may transfer its buffer. */
  protected abstract vectorOf(text: EncodedText): V

  protected abstract batchOf(outcomes: readonly TextOutcome[]): B

  /**
   * Vectors of documents, one for each text, in the order of the texts. Reads ahead a bounded number of texts only.
   * @throws InputError `INVALID_DOCUMENT`, `TEXT_TOO_LONG`; WorkerError `CANCELLED`; ModelError if a model's files are wrong
   */
  embed<E extends OnError = 'throw'>(
    documents: Texts,
    options: EmbedOptions<E> = {},
  ): AsyncGenerator<Embedded<V, E>, void, undefined> {
    return this.#embedEach(documents, 'document', options, 'embed')
  }

  /** The same as {@link embed}, by FastEmbed's other name for it. */
  passageEmbed<E extends OnError = 'throw'>(
    documents: Texts,
    options: EmbedOptions<E> = {},
  ): AsyncGenerator<Embedded<V, E>, void, undefined> {
    return this.#embedEach(documents, 'document', options, 'passageEmbed')
  }

  /**
   * Vectors of queries, one for each text, in the order of the texts.
   * @throws InputError `INVALID_DOCUMENT`, `TEXT_TOO_LONG`; WorkerError `CANCELLED`; ModelError if a model's files are wrong
   */
  async queryEmbed<E extends OnError = 'throw'>(
    queries: Texts,
    options: EmbedOptions<E> = {},
  ): Promise<Embedded<V, E>[]> {
    const vectors: Embedded<V, E>[] = []
    for await (const vector of this.#embedEach(queries, 'query', options, 'queryEmbed')) vectors.push(vector)
    return vectors
  }

  /**
   * Vectors in flat typed arrays, a batch at a time, in the order of the texts.
   * @throws InputError `INVALID_DOCUMENT`, `TEXT_TOO_LONG`; WorkerError `CANCELLED`; ModelError if a model's files are wrong
   */
  async *embedBatches(texts: Texts, options: EmbedBatchesOptions = {}): AsyncGenerator<B, void, undefined> {
    rejectUnknownOptions(options, ['signal', 'batchSize', 'as', 'onError'], 'embedBatches')
    const { batchSize = BATCH_SIZE, as, onError = 'throw', signal } = options
    requireCount('embedBatches', 'batchSize', batchSize)
    const outcomes = this.#outcomes(texts, sideOf('embedBatches', as), onError, signal, 'embedBatches')
    for await (const batch of inLists(outcomes, batchSize, (outcome) => outcome)) yield this.batchOf(batch)
  }

  /**
   * Tokens of all texts together as the model would encode them, special tokens included, after the cut: FastEmbed's `token_count`.
   * @throws InputError `INVALID_DOCUMENT`; WorkerError `CANCELLED`
   */
  async tokenCount(texts: Texts, options: SignalOptions = {}): Promise<number> {
    let sum = 0
    for await (const { tokens } of this.tokenCounts(texts, options)) sum += tokens
    return sum
  }

  /**
   * Tokens of each text, and how many of it would be cut off. Nothing is run: only the tokenizer works, in this thread.
   * @throws InputError `INVALID_DOCUMENT`; WorkerError `CANCELLED`
   */
  async *tokenCounts(texts: Texts, options: SignalOptions = {}): AsyncGenerator<TokenCount, void, undefined> {
    rejectUnknownOptions(options, ['signal'], 'tokenCounts')
    requireSignal('tokenCounts', options.signal)
    requireTextsOrStream('tokenCounts', texts)
    yield* mapTexts(texts, await this.countTokens(), options.signal)
  }

  /** Waits for what is under way and frees threads and memory, unless the pool is shared. */
  async close(): Promise<void> {
    await this.parts.close()
  }

  /** The same as {@link close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async *#embedEach<E extends OnError>(
    texts: Texts,
    side: Side,
    options: EmbedOptions<E>,
    where: string,
  ): AsyncGenerator<Embedded<V, E>, void, undefined> {
    rejectUnknownOptions(options, ['signal', 'onError'], where)
    const onError: OnError = options.onError ?? 'throw'
    for await (const outcome of this.#outcomes(texts, side, onError, options.signal, where)) {
      if (outcome.error === undefined) yield this.vectorOf(outcome) as Embedded<V, E>
      else if (onError === 'collect') yield outcome.error as Embedded<V, E>
    }
  }

  /** What became of each text, counted; a bad text's error is thrown where it is neither skipped nor collected. */
  async *#outcomes(
    texts: Texts,
    side: Side,
    onError: OnError,
    signal: AbortSignal | undefined,
    where: string,
  ): AsyncGenerator<TextOutcome> {
    requireTextsOrStream(where, texts)
    requireChoice(where, 'onError', onError, ['throw', 'skip', 'collect'])
    requireSignal(where, signal)
    const { truncation = 'cut' } = this.parts.options
    const { entry, spec } = this.parts
    const count = truncation === 'chunk' ? await this.countTokens() : undefined
    const lists = embedTexts(texts, {
      encoder: this.encoder(),
      side,
      isolatesFailures: onError !== 'throw',
      cutWindows: count && ((text) => cutWindows(text, count)),
      isNormalized: spec.normalize ?? entry.normalize ?? true,
      signal,
    })
    for await (const list of lists) {
      for (const each of list) {
        const outcome = truncation === 'error' ? refuseLong(each) : each
        this.#counts.add(outcome)
        if (truncation === 'warn') this.#counts.warnOfCut(entry.name)
        if (outcome.error !== undefined && onError === 'throw') throw outcome.error
        yield outcome
      }
    }
  }
}

function refuseLong(outcome: TextOutcome): TextOutcome {
  if (outcome.error !== undefined) return outcome
  const { index, batch, at } = outcome
  const cut = batch.cutTokens[at]!
  if (cut === 0) return outcome
  const tokens = batch.tokens[at]!
  const error = new InputError(
    'TEXT_TOO_LONG',
    `Text ${index}: expected at most ${tokens} tokens, got ${tokens + cut}. Shorten it, or let truncation be "cut" or "chunk".`,
  )
  return { index, error }
}
