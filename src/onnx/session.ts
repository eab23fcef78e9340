import type { InferenceSession, Tensor } from 'onnxruntime-common'
import { ModelError } from '../errors.js'
import { floatFromHalf } from '../vectors/float16.js'
import { inNativeCode, requireGuardedThread } from './exit-guard.js'
import { loadRuntime, type OnnxRuntime } from './onnx-runtime.js'

/** Float32 outputs of one run, by name, with their shapes. */
export type RunOutputs = Readonly<Record<string, RunOutput>>

export interface RunOutput {
  readonly shape: readonly number[]
  readonly values: Float32Array
}

/** What a run takes beside the token ids. Inputs that the graph does not declare are left out. */
export interface RunOptions {
  /** int32 [batch, tokens], 1 where a token is attended to. @default ones */
  readonly attentionMask?: Int32Array | undefined
  /** int32 [batch, tokens], which of a pair of texts a token belongs to. @default zeros */
  readonly tokenTypeIds?: Int32Array | undefined
  /** Whole numbers that a graph takes besides, such as the task of a multi-task model, by the name of the input. */
  readonly scalars?: Readonly<Record<string, number>> | undefined
  /** Names of the outputs that are wanted. @default all */
  readonly outputs?: readonly string[] | undefined
}

/** An input or output of a graph; of an axis that is not fixed the shape has a name. */
export interface TensorInfo {
  readonly name: string
  readonly type: string
  readonly shape: readonly (number | string)[]
}

/** `extra` reaches ONNX Runtime in Node too, although its typings call it WebAssembly only; values are strings. */
const EXTRA = { session: { intra_op: { allow_spinning: '0' } } }
const BFLOAT16_PRODUCTS = { mlas: { enable_gemm_fastmath_arm64_bfloat16: '1' } }

/**
 * An ONNX Runtime session of an encoder graph, on the CPU. It belongs to the thread that opened it; a run blocks that thread.
 */
export class OnnxSession {
  readonly inputs: readonly TensorInfo[]
  readonly outputs: readonly TensorInfo[]
  readonly #runtime: OnnxRuntime
  #session: InferenceSession | undefined

  private constructor(runtime: OnnxRuntime, session: InferenceSession) {
    this.#runtime = runtime
    this.#session = session
    this.inputs = session.inputMetadata.map(toTensorInfo)
    this.outputs = session.outputMetadata.map(toTensorInfo)
  }

  /**
   * Opens a graph, a model's by its path, so that weights beside it are mapped and not copied.
   * @param graph path of a file, or the bytes of a small graph that needs none
   * @param threads intra-op threads of every run
   * @param isBfloat16 whether products are made in bfloat16, where the processor can
   * @throws ModelError `RUNTIME_MISSING`, `SESSION_FAILED`; WorkerError `THREAD_NOT_GUARDED` in a worker thread that is not a pool's
   */
  static async open(graph: string | Uint8Array, threads: number, isBfloat16 = false): Promise<OnnxSession> {
    requireGuardedThread()
    const runtime = await loadRuntime()
    const options: InferenceSession.SessionOptions = {
      executionProviders: ['cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      // Batches vary in shape: a memory pattern per shape would grow without end.
      enableMemPattern: false,
      extra: isBfloat16 ? { ...EXTRA, ...BFLOAT16_PRODUCTS } : EXTRA,
    }
    try {
      const session = await inNativeCode(() =>
        typeof graph === 'string'
          ? runtime.InferenceSession.create(graph, options)
          : runtime.InferenceSession.create(graph, options),
      )
      return new OnnxSession(runtime, session)
    } catch (cause) {
      const name = typeof graph === 'string' ? graph : 'a graph of its own'
      throw new ModelError('SESSION_FAILED', `ONNX Runtime cannot open ${name}: ${(cause as Error).message}`, { cause })
    }
  }

  /**
   * Runs the graph on `inputIds`, int32 [batch, tokens], all texts of the same number of tokens. Ids, mask and types are given
   * as the integers that the graph declares, 32 or 64 bits; half-precision outputs come as float32.
   * @throws ModelError `RUN_FAILED`, `GRAPH_UNSUPPORTED` if the graph declares an input that nobody gave
   */
  async run(inputIds: Int32Array, batch: number, tokens: number, options: RunOptions = {}): Promise<RunOutputs> {
    const session = this.#session
    if (session === undefined) throw new ModelError('SESSION_CLOSED', 'The session is closed; open a new one.')
    const feeds: Record<string, Tensor> = {}
    for (const { name, type } of this.inputs) {
      const scalar = options.scalars?.[name]
      if (scalar !== undefined) feeds[name] = this.#toTensor(name, type, Int32Array.of(scalar), [])
      else feeds[name] = this.#toTensor(name, type, valuesOf(name, inputIds, options), [batch, tokens])
    }
    try {
      const results = await inNativeCode(() =>
        options.outputs === undefined ? session.run(feeds) : session.run(feeds, options.outputs),
      )
      const outputs: Record<string, RunOutput> = {}
      for (const [name, tensor] of Object.entries(results)) {
        outputs[name] = { shape: tensor.dims, values: toFloats(tensor) }
      }
      return outputs
    } catch (cause) {
      const message = (cause as Error).message
      throw new ModelError('RUN_FAILED', `ONNX Runtime failed on ${batch} × ${tokens} tokens: ${message}`, { cause })
    }
  }

  /** Frees the native memory. Nothing may be in flight. A second call does nothing. */
  async release(): Promise<void> {
    const session = this.#session
    this.#session = undefined
    if (session !== undefined) await inNativeCode(() => session.release())
  }

  #toTensor(name: string, type: string, values: Int32Array, shape: readonly number[]): Tensor {
    const { Tensor } = this.#runtime
    if (type === 'int32') return new Tensor('int32', values, shape)
    if (type !== 'int64') throw unsupported(`the input "${name}" is ${type}; expected int32 or int64`)
    const wide = new BigInt64Array(values.length)
    for (let i = 0; i < values.length; i++) wide[i] = BigInt(values[i]!)
    return new Tensor('int64', wide, shape)
  }
}

function toTensorInfo(value: InferenceSession.ValueMetadata): TensorInfo {
  return value.isTensor
    ? { name: value.name, type: value.type, shape: value.shape }
    : { ...value, type: 'none', shape: [] }
}

function valuesOf(name: string, inputIds: Int32Array, options: RunOptions): Int32Array {
  switch (name) {
    case 'input_ids':
      return inputIds
    case 'attention_mask':
      return options.attentionMask ?? new Int32Array(inputIds.length).fill(1)
    case 'token_type_ids':
      return options.tokenTypeIds ?? new Int32Array(inputIds.length)
    default:
      throw unsupported(`the graph has an input "${name}"; expected input_ids, attention_mask and token_type_ids only`)
  }
}

function toFloats({ type, data }: InferenceSession.OnnxValueMapType[string]): Float32Array {
  if (type === 'float32') return data as Float32Array
  // a Uint16Array, or, on a Node that has it, a Float16Array
  if (type === 'float16')
    return data instanceof Uint16Array ? Float32Array.from(data, floatFromHalf) : Float32Array.from(data as never)
  if (type === 'float64') return Float32Array.from(data as Float64Array)
  throw unsupported(`an output is ${type}; expected floats`)
}

function unsupported(what: string): ModelError {
  return new ModelError('GRAPH_UNSUPPORTED', `This ONNX file cannot be run as a text model: ${what}.`)
}
