import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
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
import { fromErrorRecord, InputError, rejectUnknownOptions, WorkerError } from '../errors.js'
import { BM25_CHUNK, type ChunkLimits, cutChunks, TRANSFORMER_CHUNK } from './cut-chunks.js'
import type { WorkerReply, WorkerTask } from './encode-task.js'
import { mapOrdered } from './map-ordered.js'
import { usableCores } from './usable-cores.js'

export interface PoolOptions {
  /** Worker threads, each with one ONNX Runtime thread; 1 … 512. @default the usable cores */
  readonly workers?: number
}

/** Chunks under way for each worker: one that it works on, one that waits for it. */
const CHUNKS_PER_WORKER = 2

/**
 * Worker threads that encode texts. One pool serves any number of encoders; each worker opens an encoder when it is first asked for it.
 * `close()` waits for what is under way and frees the sessions before it ends the threads: ending a thread inside a
 * native run would abort the process.
 */
export class EncoderPool {
  readonly workers: number
  readonly #piscina: Piscina
  readonly #underWay = new Set<Promise<unknown>>()
  #closed: Promise<void> | null = null

  private constructor(piscina: Piscina, workers: number) {
    this.#piscina = piscina
    this.workers = workers
  }

  /** @throws InputError `INVALID_OPTION`; WorkerError `WORKER_FILE_MISSING` */
  static async create(options: PoolOptions = {}): Promise<EncoderPool> {
    rejectUnknownOptions(options, ['workers'], 'EncoderPool.create')
    const workers = options.workers ?? usableCores()
    if (!Number.isInteger(workers) || workers < 1 || workers > 512) {
      throw new InputError('INVALID_OPTION', `workers: expected an integer from 1 to 512, got ${workers}.`)
    }
    const piscina = new Piscina({
      filename: workerFile(),
      minThreads: workers,
      maxThreads: workers,
      concurrentTasksPerWorker: 1,
      // a thread that ended would take its loaded models with it
      idleTimeout: Number.POSITIVE_INFINITY,
      // a parked worker would see neither messages nor timers
      atomics: 'disabled',
    })
    return new EncoderPool(piscina, workers)
  }

  /** An encoder whose work is done by this pool's threads. Its `close` leaves the pool open. */
  encoder(spec: EncoderSpec): PooledEncoder {
    return new PooledEncoder(this, spec)
  }

  /**
   * Encodes one chunk in one worker.
   * @throws WorkerError `CANCELLED` once `signal` is aborted or the pool is closed, between two runs; what the encoder throws
   */
  async encodeChunk(
    spec: EncoderSpec,
    texts: readonly string[],
    side: Side,
    signal?: AbortSignal,
  ): Promise<EncodedBatch> {
    if (this.#closed !== null) throw new WorkerError('POOL_CLOSED', 'The encoder pool is closed: create another one.')
    throwIfStopped(signal && { signal })
    const stop = new SharedArrayBuffer(4)
    const onAbort = () => Atomics.store(new Int32Array(stop), 0, 1)
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      const reply = await this.#run({ op: 'encode', spec, texts, side, stop })
      if (!reply.ok) throw fromErrorRecord(reply.error)
      return reply.batch!
    } finally {
      signal?.removeEventListener('abort', onAbort)
    }
  }

  /** Waits for what is under way, frees the sessions, ends the threads. A second call waits for the first. */
  close(): Promise<void> {
    this.#closed ??= this.#shutDown()
    return this.#closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #shutDown(): Promise<void> {
    await Promise.allSettled(this.#underWay)
    const arrived = new SharedArrayBuffer(4)
    const release: WorkerTask = { op: 'release', arrived, workers: this.workers }
    await Promise.allSettled(Array.from({ length: this.workers }, () => this.#piscina.run(release)))
    await this.#piscina.destroy()
  }

  async #run(task: WorkerTask): Promise<WorkerReply> {
    const running = this.#piscina.run(task) as Promise<WorkerReply>
    this.#underWay.add(running)
    try {
      return await running
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause)
      throw new WorkerError('WORKER_DIED', `A worker thread ended while it encoded: ${message}`, { cause })
    } finally {
      this.#underWay.delete(running)
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

  /** How much of a stream of texts goes to a worker at once. */
  get chunkLimits(): ChunkLimits {
    return this.spec.dense === undefined && this.spec.late === undefined ? BM25_CHUNK : TRANSFORMER_CHUNK
  }

  /** Chunks that keep all workers busy. */
  get concurrency(): number {
    return this.pool.workers * CHUNKS_PER_WORKER
  }

  async encode(texts: readonly string[], side: Side, options: EncodeOptions = {}): Promise<EncodedBatch> {
    requireTexts(texts)
    const batches: EncodedBatch[] = []
    const chunks = texts.length === 0 ? [[]] : cutChunks(texts, (text) => text, this.chunkLimits)
    const encodeChunk = async (chunk: readonly string[]) => {
      throwIfStopped(options)
      return this.encodeChunk(chunk, side, options.signal)
    }
    for await (const batch of mapOrdered(chunks, this.concurrency, encodeChunk)) {
      batches.push(batch)
    }
    return concatBatches(batches)
  }

  /** One chunk in one worker; see {@link EncoderPool.encodeChunk}. */
  encodeChunk(texts: readonly string[], side: Side, signal?: AbortSignal): Promise<EncodedBatch> {
    return this.pool.encodeChunk(this.spec, texts, side, signal)
  }

  async close(): Promise<void> {}
}

/** The compiled thread entry point: beside dist/src when this runs compiled, in dist when it runs from the sources (tests). */
function workerFile(): string {
  const place = import.meta.url.endsWith('.ts') ? '../../dist/workers/encode.js' : '../../workers/encode.js'
  const file = fileURLToPath(new URL(place, import.meta.url))
  if (!existsSync(file)) {
    throw new WorkerError('WORKER_FILE_MISSING', `Expected the compiled worker at ${file}. Build first: npm run build.`)
  }
  return file
}
