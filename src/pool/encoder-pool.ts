import { isMainThread } from 'node:worker_threads'
import { concatBatches } from '../encoders/concat-batches.js'
import {
  type EncodedBatch,
  type EncodeOptions,
  type Encoder,
  requireTexts,
  type Side,
  throwIfStopped,
} from '../encoders/encoder.js'
import type { EncoderSpec } from '../encoders/open-encoder.js'
import type { CrossEncoderSpec } from '../encoders/pairs/cross-encoder.js'
import type { ScoredPairs, TextPair } from '../encoders/pairs/pair-scorer.js'
import { fromErrorRecord } from '../error-record.js'
import { optionError, WorkerError } from '../errors.js'
import { findKnownModel } from '../onnx/model-registry.js'
import {
  invalidOption,
  refuseNew,
  rejectUnknownOptions,
  requireChoice,
  requireCount,
  requireList,
  requireObject,
} from '../options.js'
import { BM25_PIECE, cutPieces, type PieceLimits, TRANSFORMER_PIECE } from './cut-pieces.js'
import { deathReason } from './death-reason.js'
import type { Work, WorkerReply } from './encode-task.js'
import { mapOrdered } from './map-ordered.js'
import { MemoryLimit } from './memory-limit.js'
import type { OpenLimits } from './open-encoders.js'
import { ProcessRunner } from './process-runner.js'
import type { TaskRunner } from './task-runner.js'
import { ThreadRunner } from './thread-runner.js'
import { usableCores } from './usable-cores.js'

/** How many workers a pool has, and how they run. */
export interface PoolOptions {
  /** Worker threads, each with one ONNX Runtime thread; 1 … 512. @default the usable cores */
  readonly workers?: number
  /**
   * Workers as threads, or as processes of their own: then a crash in native code or a heap that is full ends one piece and not the program.
   * In a worker thread (`node:worker_threads`) only processes: whoever ends that thread would end its threads in the middle of a run.
   * @default 'threads' in the main thread, else 'processes'
   */
  readonly isolation?: 'threads' | 'processes'
  /** JavaScript heap of each worker, in bytes from 33554432; ONNX Runtime's own memory is not in it. @default V8's */
  readonly workerHeapBytes?: number
  /** Resident memory of the process, in bytes from 1, that is kept by smaller pieces and fewer of them. @default no limit */
  readonly memoryBytes?: number
  /** Networks that each worker keeps open, for a program that does not choose the models itself. @default no limit */
  readonly openLimits?: OpenLimits
  /** Called when a worker ended while it encoded, which then fails with `WORKER_DIED`: why, and how many texts it had. It is replaced. */
  readonly onWorkerDeath?: (reason: string, texts: number) => void
}

/** What a pool is doing and has done. */
export interface PoolActivity {
  /** Pieces in a worker. */
  readonly working: number
  /** Pieces that wait for a worker. */
  readonly waiting: number
  /** Pieces that were encoded. */
  readonly pieces: number
  /** Time that the workers took for them, all together. */
  readonly seconds: number
  /** Workers that ended while they encoded. */
  readonly deaths: number
}

const POOL_OPTIONS: readonly (keyof PoolOptions)[] = [
  ...(['workers', 'isolation', 'workerHeapBytes', 'memoryBytes', 'openLimits', 'onWorkerDeath'] as const),
]
const DEFAULT_ISOLATION = isMainThread ? 'threads' : 'processes'
const MIN_HEAP_BYTES = 32 * 2 ** 20

/** Pieces under way for each worker: one that it works on, one that waits for it. */
export const PIECES_PER_WORKER = 2

/**
 * Workers that encode texts, threads or processes. One pool serves any number of encoders; each worker opens an encoder when it is first asked for it.
 * `close()` waits for what is under way and frees the sessions before it ends the threads: ending a thread inside a
 * native run would abort the process.
 */
export class EncoderPool {
  /** How many there are. */
  readonly workers: number
  /** @internal Keeps the process within its memory; null where there is no limit. */
  readonly memoryLimit: MemoryLimit | null
  readonly #runner: TaskRunner
  readonly #onWorkerDeath: NonNullable<PoolOptions['onWorkerDeath']>
  readonly #openLimits: OpenLimits | undefined
  readonly #underWay = new Set<Promise<unknown>>()
  readonly #done = { pieces: 0, seconds: 0, deaths: 0 }
  #closed: Promise<void> | null = null

  private constructor(runner: TaskRunner, workers: number, options: PoolOptions) {
    refuseNew(typeof runner?.run === 'function', 'EncoderPool', 'create()')
    this.#runner = runner
    this.workers = workers
    this.memoryLimit = options.memoryBytes === undefined ? null : new MemoryLimit(options.memoryBytes)
    this.#openLimits = options.openLimits
    this.#onWorkerDeath = options.onWorkerDeath ?? (() => {})
  }

  /**
   * Starts the workers; resolves once the first one has.
   * @throws InputError `UNKNOWN_OPTION`, `INVALID_OPTION`; WorkerError `WORKER_FILE_MISSING`, `WORKER_START_FAILED`
   */
  static async create(options: PoolOptions = {}): Promise<EncoderPool> {
    rejectUnknownOptions(options, POOL_OPTIONS, 'EncoderPool.create')
    const {
      workers = usableCores(),
      isolation = DEFAULT_ISOLATION,
      workerHeapBytes,
      memoryBytes,
      onWorkerDeath,
    } = options
    requireCount('EncoderPool.create', 'workers', workers, 1, 512)
    requireCount('EncoderPool.create', 'workerHeapBytes', workerHeapBytes, MIN_HEAP_BYTES)
    requireCount('EncoderPool.create', 'memoryBytes', memoryBytes)
    requireChoice('EncoderPool.create', 'isolation', isolation, ['threads', 'processes'])
    if (isolation === 'threads' && !isMainThread) {
      const expected =
        '"processes" in a worker thread of yours (its threads would be ended with it, and in the middle of a run that aborts the process)'
      throw invalidOption('EncoderPool.create', 'isolation', expected, isolation)
    }
    if (onWorkerDeath !== undefined && typeof onWorkerDeath !== 'function') {
      throw invalidOption('EncoderPool.create', 'onWorkerDeath', 'a function', onWorkerDeath)
    }
    const Runner = isolation === 'threads' ? ThreadRunner : ProcessRunner
    const runner = new Runner({ workers, heapBytes: workerHeapBytes })
    try {
      await runner.start()
    } catch (error) {
      await runner.close()
      throw error
    }
    return new EncoderPool(runner, workers, options)
  }

  /** What is under way and what was done so far. */
  get activity(): PoolActivity {
    const { waiting } = this.#runner
    return { ...this.#done, waiting, working: Math.max(0, this.#underWay.size - waiting) }
  }

  /** An encoder whose work is done by this pool's threads. Its `close` leaves the pool open. */
  encoder(spec: EncoderSpec): PooledEncoder {
    requireObject('EncoderPool.encoder', 'spec', spec)
    return new PooledEncoder(this, spec)
  }

  /**
   * Encodes one piece in one worker.
   * @internal
   * @param owner for whom, where `openLimits` bounds what each may open
   * @throws WorkerError `CANCELLED` once `signal` is aborted or the pool is closed, between two runs; what the encoder throws
   */
  async encodePiece(
    spec: EncoderSpec,
    texts: readonly string[],
    side: Side,
    signal?: AbortSignal,
    owner?: string,
  ): Promise<EncodedBatch> {
    requireList('encodePiece', 'texts', texts)
    return (await this.#work({ op: 'encode', spec, texts, side, owner }, signal)) as EncodedBatch
  }

  /**
   * Scores one piece of pairs in one worker.
   * @internal
   * @throws WorkerError `CANCELLED` once `signal` is aborted or the pool is closed, between two runs; what the cross-encoder throws
   */
  async scorePiece(
    spec: CrossEncoderSpec,
    pairs: readonly TextPair[],
    signal?: AbortSignal,
    owner?: string,
  ): Promise<ScoredPairs> {
    requireList('scorePiece', 'pairs', pairs)
    return (await this.#work({ op: 'score', spec, texts: pairs, owner }, signal)) as ScoredPairs
  }

  async #work(work: Work, signal: AbortSignal | undefined): Promise<EncodedBatch | ScoredPairs> {
    requireObject('EncoderPool', 'spec', work.spec)
    this.#requireOpen(signal)
    while (this.memoryLimit?.isReached && this.#underWay.size > 0) {
      await Promise.race(this.#underWay).catch(() => {})
      this.#requireOpen(signal)
    }
    const reply = await this.#run({ ...work, limits: this.#openLimits }, signal)
    if (!reply.ok) throw fromErrorRecord(reply.error)
    throwIfStopped(signal && { signal })
    return reply.batch!
  }

  #requireOpen(signal: AbortSignal | undefined): void {
    if (this.#closed !== null) throw new WorkerError('POOL_CLOSED', 'The encoder pool is closed: create another one.')
    throwIfStopped(signal && { signal })
  }

  /** Waits for what is under way, frees the sessions, ends the workers. A second call waits for the first. */
  close(): Promise<void> {
    this.#closed ??= this.#shutDown()
    return this.#closed
  }

  /** The same as {@link close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #shutDown(): Promise<void> {
    await Promise.allSettled(this.#underWay)
    await this.#runner.close()
  }

  async #run(work: Work, signal: AbortSignal | undefined): Promise<WorkerReply> {
    const running = this.#runner.run(work, signal)
    this.#underWay.add(running)
    try {
      const reply = await running
      this.#done.pieces += 1
      this.#done.seconds += reply.ok ? reply.seconds : 0
      return reply
    } catch (cause) {
      if ((cause as Error | null)?.name === 'DataCloneError') {
        const { message } = cause as Error
        throw optionError(`Expected options and texts that can cross into a worker, got: ${message}`)
      }
      // nobody ended: there is nobody
      if (cause instanceof WorkerError) throw cause
      const reason = deathReason(cause)
      this.#done.deaths += 1
      this.#onWorkerDeath(reason, work.texts.length)
      throw new WorkerError('WORKER_DIED', `Expected the text to be encoded, got the end of the worker: ${reason}.`, {
        cause,
      })
    } finally {
      this.#underWay.delete(running)
      this.memoryLimit?.look(this.#underWay.size)
    }
  }
}

/** An encoder that spreads its texts over a pool's threads; results come in the order of the texts. */
export class PooledEncoder implements Encoder {
  readonly spec: EncoderSpec
  readonly pool: EncoderPool

  constructor(pool: EncoderPool, spec: EncoderSpec) {
    this.pool = pool
    this.spec = spec
  }

  /** @internal How much of a stream of texts goes to a worker at once. */
  get pieceLimits(): PieceLimits {
    const { dense, sparse = '', late } = this.spec
    const isBm25 = dense === undefined && late === undefined && findKnownModel(sparse)?.architecture === 'bm25'
    const full = isBm25 ? BM25_PIECE : TRANSFORMER_PIECE
    return this.pool.memoryLimit?.scaled(full) ?? full
  }

  /** @internal Pieces that keep all workers busy. */
  get concurrency(): number {
    return this.pool.workers * PIECES_PER_WORKER
  }

  /** The vectors of texts, in their order, made by all workers of the pool. */
  async encode(texts: readonly string[], side: Side, options: EncodeOptions = {}): Promise<EncodedBatch> {
    requireTexts(texts)
    const batches: EncodedBatch[] = []
    const pieces = texts.length === 0 ? [[]] : cutPieces(texts, (text) => text, this.pieceLimits)
    const encodePiece = async (piece: readonly string[]) => {
      throwIfStopped(options)
      return this.encodePiece(piece, side, options.signal)
    }
    for await (const batch of mapOrdered(pieces, this.concurrency, encodePiece)) {
      batches.push(batch)
    }
    return concatBatches(batches)
  }

  /** @internal One piece in one worker; see {@link EncoderPool.encodePiece}. */
  encodePiece(texts: readonly string[], side: Side, signal?: AbortSignal): Promise<EncodedBatch> {
    return this.pool.encodePiece(this.spec, texts, side, signal)
  }

  /** Does nothing: the pool is closed by whoever opened it. */
  async close(): Promise<void> {}
}
