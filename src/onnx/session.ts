import './disable-telemetry.js'
import { env, InferenceSession, Tensor } from 'onnxruntime-node'
import { ModelError } from '../errors.js'

/** Float32 outputs of one run, by name, with their shapes. */
export type RunOutputs = Readonly<Record<string, { readonly shape: readonly number[]; readonly values: Float32Array }>>

/** `extra` reaches ONNX Runtime in Node too, although its typings call it WebAssembly only; values are strings. */
const EXTRA = { session: { intra_op: { allow_spinning: '0' } } }

/**
 * An ONNX Runtime session of an encoder graph, on the CPU. It belongs to the thread that opened it; a run blocks that thread.
 */
export class OnnxSession {
  #session: InferenceSession | undefined

  private constructor(session: InferenceSession) {
    this.#session = session
  }

  /**
   * Opens a graph by path, so that weights beside it are mapped and not copied.
   * @param threads intra-op threads of every run
   * @throws ModelError `SESSION_FAILED`
   */
  static async open(path: string, threads: number): Promise<OnnxSession> {
    try {
      return new OnnxSession(
        await InferenceSession.create(path, {
          executionProviders: ['cpu'],
          intraOpNumThreads: threads,
          interOpNumThreads: 1,
          executionMode: 'sequential',
          graphOptimizationLevel: 'all',
          // Batches vary in shape: a memory pattern per shape would grow without end.
          enableMemPattern: false,
          extra: EXTRA,
        }),
      )
    } catch (cause) {
      throw new ModelError('SESSION_FAILED', `ONNX Runtime cannot open ${path}: ${(cause as Error).message}`, { cause })
    }
  }

  /**
   * Runs the graph on `inputIds`, int32 [batch, tokens], all texts of the same number of tokens.
   * @throws ModelError `RUN_FAILED`
   */
  async run(inputIds: Int32Array, batch: number, tokens: number): Promise<RunOutputs> {
    if (this.#session === undefined) throw new ModelError('SESSION_CLOSED', 'The session is closed; open a new one.')
    try {
      const results = await this.#session.run({ input_ids: new Tensor('int32', inputIds, [batch, tokens]) })
      const outputs: Record<string, { shape: readonly number[]; values: Float32Array }> = {}
      for (const [name, tensor] of Object.entries(results)) {
        outputs[name] = { shape: tensor.dims, values: tensor.data as Float32Array }
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
    await session?.release()
  }
}

/** Version of the ONNX Runtime that is loaded. */
export function runtimeVersion(): string {
  return env.versions.node ?? env.versions.common
}
