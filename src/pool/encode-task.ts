import { move, transferableSymbol, valueSymbol } from 'piscina'
import type { EncodedBatch, Side } from '../encoders/encoder.js'
import { type EncoderSpec, openEncoder } from '../encoders/open-encoder.js'
import { CrossEncoder, type CrossEncoderSpec } from '../encoders/pairs/cross-encoder.js'
import type { ScoredPairs, TextPair } from '../encoders/pairs/pair-scorer.js'
import { type ErrorRecord, toErrorRecord } from '../error-record.js'
import { optionError } from '../errors.js'
import type { StartError } from '../start-failure.js'
import { OpenEncoders, type OpenLimits } from './open-encoders.js'

/** Texts to encode, or pairs of texts to score. */
export type Work = (
  | { readonly op: 'encode'; readonly spec: EncoderSpec; readonly texts: readonly string[]; readonly side: Side }
  | { readonly op: 'score'; readonly spec: CrossEncoderSpec; readonly texts: readonly TextPair[] }
) & {
  /** What the worker may keep open. @default everything */
  readonly limits?: OpenLimits | undefined
  /** For whom the encoder is opened. */
  readonly owner?: string | undefined
}

/** What the pool sends to a worker. */
export type WorkerTask =
  | (Work & {
      /** One int32; not 0 once the caller has cancelled, or has gone. Read between runs, because a run cannot be interrupted. */
      readonly stop?: SharedArrayBuffer
    })
  | { readonly op: 'start' }
  | {
      readonly op: 'release'
      /** One int32, counted up by each worker; every worker waits until all have come, so that each gets exactly one such task. */
      readonly arrived: SharedArrayBuffer
      readonly workers: number
    }

/** An error's class and code would be lost on the way from a worker, so errors travel as records. */
export type WorkerReply =
  | { readonly ok: true; readonly batch: EncodedBatch | ScoredPairs | null; readonly seconds: number }
  | { readonly ok: false; readonly error: ErrorRecord }

/** What a worker process says: first that it has started, or why it cannot, then a reply to each task. */
export type ProcessMessage =
  | { readonly op: 'started' }
  | { readonly op: 'failed'; readonly error: StartError }
  | WorkerReply

/** How long a worker waits for the others at a release; they are idle by then. */
const RELEASE_TIMEOUT_MS = 5_000

/** Encoders of this thread: a session belongs to the thread that made it. */
const opened = new OpenEncoders()

/** Does one task in a worker thread. Never throws: failures are part of the reply. */
export async function doTask(task: WorkerTask): Promise<WorkerReply> {
  const started = performance.now()
  try {
    if (task.op === 'start') return { ok: true, batch: null, seconds: 0 }
    if (task.op === 'release') {
      await releaseEncoders(task.arrived, task.workers)
      return { ok: true, batch: null, seconds: 0 }
    }
    const stop = new Int32Array(task.stop ?? new ArrayBuffer(4))
    const options = { shouldStop: () => Atomics.load(stop, 0) !== 0 }
    // a spec belongs to one kind of encoder: it names a reranker, or models that encode
    const key = keyOf(task.spec)
    const batch =
      task.op === 'encode'
        ? await opened.use(
            key,
            () => openEncoder(task.spec),
            task,
            (encoder) => encoder.encode(task.texts, task.side, options),
          )
        : await opened.use(
            key,
            () => CrossEncoder.open(task.spec),
            task,
            (encoder) => encoder.score(task.texts, options),
          )
    return { ok: true, batch, seconds: (performance.now() - started) / 1000 }
  } catch (error) {
    return { ok: false, error: toErrorRecord(error) }
  }
}

/** @throws InputError `INVALID_OPTION` for options that are no JSON: a bigint, an object that holds itself */
function keyOf(spec: object): string {
  try {
    return JSON.stringify(spec)
  } catch (cause) {
    throw optionError(`Expected options that are JSON, got: ${(cause as Error).message}`, {
      cause,
    })
  }
}

async function releaseEncoders(arrived: SharedArrayBuffer, workers: number): Promise<void> {
  await opened.close()
  const count = new Int32Array(arrived)
  Atomics.add(count, 0, 1)
  Atomics.notify(count, 0)
  for (let seen = Atomics.load(count, 0); seen < workers; seen = Atomics.load(count, 0)) {
    if (Atomics.wait(count, 0, seen, RELEASE_TIMEOUT_MS) === 'timed-out') return
  }
}

/** The reply in the form in which Piscina hands its buffers to the caller's thread without a copy. */
export function moveReply(reply: WorkerReply): WorkerReply {
  const buffers = reply.ok && reply.batch !== null ? buffersOf(reply.batch) : []
  const wrapped = { [transferableSymbol]: buffers, [valueSymbol]: reply }
  return move(wrapped as unknown as ArrayBuffer) as unknown as WorkerReply
}

function buffersOf(batch: EncodedBatch | ScoredPairs): ArrayBuffer[] {
  const { dense, sparse, late, scores, tokens, cutTokens } = batch as Partial<EncodedBatch & ScoredPairs>
  const arrays = [
    scores,
    dense?.values,
    sparse?.offsets,
    sparse?.indices,
    sparse?.values,
    late?.offsets,
    late?.values,
    tokens,
    cutTokens,
  ]
  return [...new Set(arrays.flatMap((array) => (array === undefined ? [] : [array.buffer as ArrayBuffer])))]
}
