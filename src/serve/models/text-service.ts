import { concatBatches } from '../../encoders/concat-batches.js'
import type { EncodedBatch, Encoder, Side } from '../../encoders/encoder.js'
import type { EncoderSpec } from '../../encoders/open-encoder.js'
import type { CrossEncoderSpec } from '../../encoders/pairs/cross-encoder.js'
import type { TextPair } from '../../encoders/pairs/pair-scorer.js'
import { type DistinctText, DistinctTexts } from '../../inference/distinct-texts.js'
import type { TextObject } from '../../inference/inference-object.js'
import type { ModelSpec } from '../../inference/model-spec.js'
import { planBatches } from '../../inference/plan-batches.js'
import type { ModelEntry } from '../../onnx/manifest.js'
import { given } from '../../options.js'
import { EncoderPool, type PoolOptions } from '../../pool/encoder-pool.js'
import type { Vector } from '../../vectors.js'
import type { MemoryShare } from '../http/memory-budget.js'
import { RequestRefusal } from '../http/request-refusal.js'
import { TimeSlices } from '../http/time-slices.js'
import { pickText, readVector, requireDimensions } from './embedded-vector.js'
import { estimateBytes, estimatePair, estimateTokens } from './estimate.js'
import type { BatchReport, Lane } from './lane.js'
import { type CatalogOptions, ModelCatalog } from './model-catalog.js'
import { ModelTokens } from './model-tokens.js'
import { WorkQueue } from './work-queue.js'

export interface TextServiceOptions
  extends CatalogOptions,
    Pick<PoolOptions, 'workers' | 'isolation' | 'onWorkerDeath'> {
  /** Tokens that may wait, of queries and of documents each, before more is refused. @default 262144 */
  readonly backlogTokens?: number
  readonly onBatch?: (batch: BatchReport) => void
  /** Called with the texts of a request once they are embedded. */
  readonly onEmbedded?: (texts: readonly EmbeddedText[], side: Side) => void
}

export interface WantedText extends TextObject {
  /** Floats of a dense vector that are kept, from the front, and normalized again. @default all */
  readonly dimensions?: number | undefined
}

/** A text's vector, whose it is and what it cost. */
export interface EmbeddedText {
  readonly entry: ModelEntry
  readonly vector: Vector
  readonly tokens: number
  /** Tokens that did not fit and were cut off. */
  readonly cutTokens: number
}

/** How relevant a pair of texts is, a raw logit, and what it cost. */
export interface ScoredPair {
  readonly score: number
  readonly tokens: number
}

/** Who waits for vectors, and what they may hold. */
export interface Caller {
  readonly signal: AbortSignal
  readonly share: MemoryShare
  /** Clients take turns. */
  readonly client: string
}

/**
 * Whether somebody waits for an answer, as for a query; where that is not said, a few short texts are taken for it. What is large has no
 * priority, whatever is said of it.
 */
export type Urgency = boolean | 'if-short'

/** A text of a batch that was encoded. */
interface Place {
  readonly batch: EncodedBatch
  readonly at: number
}

interface Group extends ModelSpec {
  readonly texts: Set<DistinctText>
  /** Of the texts, once they are encoded. */
  readonly places: Map<DistinctText, Place>
}

/** Tokens of a batch: about a quarter of a second of one core, so that a query does not wait long behind the documents under way. */
export const BATCH_TOKENS = 1_024
/** Half a minute of two cores. */
const BACKLOG_TOKENS = 262_144
/** Largest request that is urgent, and that is taken for one, in tokens. */
const URGENT_TOKENS = 8_192
const SHORT_TOKENS = 256
/** Networks that a worker keeps open, and those of them that one client may have brought in. */
const MAX_NETWORKS = 12
const MAX_NETWORKS_OF_CLIENT = 8
/** Models, each with one set of options, that a request may name. */
const MAX_GROUPS = 64

/** Embeds the texts of many callers on one pool: batches across callers, queries first, and no more waiting than the backlog allows. */
export class TextService {
  readonly catalog: ModelCatalog
  readonly tokens: ModelTokens
  readonly pool: EncoderPool
  readonly queue: WorkQueue
  readonly #onEmbedded: NonNullable<TextServiceOptions['onEmbedded']>

  private constructor(pool: EncoderPool, options: TextServiceOptions) {
    const { backlogTokens = BACKLOG_TOKENS, onBatch, onEmbedded = () => {} } = options
    this.catalog = new ModelCatalog(options)
    this.tokens = new ModelTokens(this.catalog)
    this.#onEmbedded = onEmbedded
    this.pool = pool
    this.queue = new WorkQueue({
      ...{ concurrency: pool.workers, batchTokens: BATCH_TOKENS, backlogTokens, onBatch },
    })
  }

  /** @throws InputError `INVALID_OPTION`; WorkerError `WORKER_FILE_MISSING` */
  static async open(options: TextServiceOptions): Promise<TextService> {
    const { workers, isolation, onWorkerDeath } = options
    const pool = await EncoderPool.create({
      openLimits: { networks: MAX_NETWORKS, ofOwner: MAX_NETWORKS_OF_CLIENT },
      ...given({ workers, isolation, onWorkerDeath }),
    })
    return new TextService(pool, options)
  }

  /** Opens models in every worker and runs them once, so that the first request does not wait for that. */
  async warmUp(models: readonly string[]): Promise<void> {
    for (const model of models) {
      const { spec } = await this.catalog.resolve({ model, text: '', options: {} })
      const encode = () => this.pool.encodePiece(spec, ['warm'], 'query')
      await Promise.all(Array.from({ length: this.pool.workers }, encode))
    }
  }

  /**
   * The vector of each text, in their order; equal texts are encoded once, and a dense and a late-interaction model over one checkpoint
   * share a forward pass.
   * @throws InputError, StoreError for a model or an option; RequestRefusal 429, 413, 400; WorkerError `CANCELLED`
   */
  async embed(
    texts: readonly WantedText[],
    side: Side,
    caller: Caller,
    urgency: Urgency = side === 'query',
  ): Promise<EmbeddedText[]> {
    const slices = new TimeSlices()
    const { groupOf, distinct, tokens } = await this.#group(texts, caller, slices)
    const isUrgent = urgency === 'if-short' ? tokens <= SHORT_TOKENS : urgency && tokens <= URGENT_TOKENS
    this.queue.requireRoom(isUrgent, caller.client, tokens)
    await Promise.all(
      planBatches(new Set(groupOf)).map(async ({ spec, texts: planned, groups: served }) => {
        const strings = planned.map(({ text }) => text)
        const places = await this.#encode(spec, served[0]!.entry, strings, side, isUrgent, caller)
        for (const group of served) for (const [i, text] of planned.entries()) group.places.set(text, places[i]!)
      }),
    )
    const embedded: EmbeddedText[] = []
    for (const [i, { dimensions }] of texts.entries()) {
      const group = groupOf[i]!
      const { batch, at } = group.places.get(distinct[i]!)!
      embedded.push({
        ...{ entry: group.entry, vector: readVector(batch, at, group, dimensions) },
        ...{ tokens: batch.tokens[at]!, cutTokens: batch.cutTokens[at]! },
      })
      await slices.pause()
    }
    this.#onEmbedded(embedded, side)
    return embedded
  }

  /**
   * The score of each pair.
   * @throws RequestRefusal 429; WorkerError `CANCELLED`; ModelError
   */
  score(spec: CrossEncoderSpec, pairs: readonly TextPair[], { client, signal }: Caller): Promise<ScoredPair[]> {
    const tokensOf = ([query, document]: TextPair) => estimatePair(query, document)
    const tokens = pairs.reduce((sum, pair) => sum + tokensOf(pair), 0)
    const isUrgent = tokens <= URGENT_TOKENS
    this.queue.requireRoom(isUrgent, client, tokens)
    const lane: Lane<TextPair, ScoredPair> = {
      key: JSON.stringify(spec),
      isUrgent,
      run: async (piece, stop) => {
        const { scores, tokens } = await this.pool.scorePiece(spec, piece, stop, client)
        return piece.map((_, i) => ({ score: scores[i]!, tokens: tokens[i]! }))
      },
    }
    return this.queue.submit(lane, pairs, tokensOf, signal, client)
  }

  /** An encoder over the queue, for the query of one caller. */
  encoder(spec: EncoderSpec, caller: Omit<Caller, 'share'>): Encoder {
    return {
      encode: async (texts, side) => {
        const entry = await this.catalog.entryOf((spec.dense ?? spec.late ?? spec.sparse)!)
        const tokens = texts.reduce((sum, text) => sum + estimateTokens(text, entry), 0)
        this.queue.requireRoom(true, caller.client, tokens)
        const places = await this.#encode(spec, entry, texts, side, true, caller)
        return concatBatches(places.map(({ batch, at }) => pickText(batch, at)))
      },
      close: async () => {},
    }
  }

  /** Waits for the batches under way and ends the workers. */
  close(): Promise<void> {
    return this.pool.close()
  }

  /** The group of each text by its model and options, and about how many tokens all have. @throws as {@link embed} */
  async #group(
    texts: readonly WantedText[],
    { share }: Caller,
    slices: TimeSlices,
  ): Promise<{ groupOf: Group[]; distinct: DistinctText[]; tokens: number }> {
    const groups = new Map<string, Group>()
    const groupOf: Group[] = []
    const known = new DistinctTexts()
    const distinct: DistinctText[] = []
    let tokens = 0
    for (const { dimensions, ...text } of texts) {
      const model = await this.catalog.resolve(text)
      requireDimensions(dimensions, model.entry)
      const key = JSON.stringify(model.spec)
      const group = groups.get(key) ?? { ...model, texts: new Set(), places: new Map() }
      groups.set(key, group)
      if (groups.size > MAX_GROUPS) {
        throw new RequestRefusal(
          400,
          'TOO_MANY_MODELS',
          `Expected at most ${MAX_GROUPS} models and sets of options in one request, got more: split it.`,
        )
      }
      const same = known.of(text.text)
      if (!group.texts.has(same)) {
        share.take(estimateBytes(text.text, model.entry))
        tokens += estimateTokens(text.text, model.entry)
      }
      group.texts.add(same)
      distinct.push(same)
      groupOf.push(group)
      await slices.pause()
    }
    return { groupOf, distinct, tokens }
  }

  #encode(
    spec: EncoderSpec,
    entry: ModelEntry,
    texts: readonly string[],
    side: Side,
    isUrgent: boolean,
    { client, signal }: Omit<Caller, 'share'>,
  ): Promise<Place[]> {
    const lane: Lane<string, Place> = {
      key: `${side} ${JSON.stringify(spec)}`,
      isUrgent,
      run: async (piece, stop) => {
        const batch = await this.pool.encodePiece(spec, piece, side, stop, client)
        return piece.map((_, at) => ({ batch, at }))
      },
    }
    return this.queue.submit(lane, texts, (text) => estimateTokens(text, entry), signal, client)
  }
}
