import { join } from 'node:path'
import { InputError, ModelError, optionError } from '../../errors.js'
import { readModelJson } from '../../files/read-model-file.js'
import { maxPositionsOf } from '../../graph/architectures/bert-config.js'
import { GRAPH_OUTPUTS, type GraphOutput } from '../../graph/graph-output.js'
import type { Precision } from '../../graph/precision.js'
import { placeLinkedNetwork } from '../../onnx/linked-network.js'
import { architectureOf, CHECKPOINT_FILE } from '../../onnx/manifest.js'
import type { OpenedModel } from '../../onnx/model-files.js'
import { hasBfloat16Products, processorFeatures } from '../../onnx/processor-features.js'
import { OnnxSession, type RunOptions, type RunOutputs } from '../../onnx/session.js'
import { shareNetwork } from './share-network.js'
import { openTransformerGraph, type TransformerGraphOptions } from './transformer-graph.js'

const CONFIG_FILE = 'config.json'

export interface NetworkOptions
  extends Pick<TransformerGraphOptions, 'precision' | 'late' | 'maskInput' | 'typeInput'> {
  /**
   * What to compute. Of an ONNX file, one of the graph builder's outputs means the file's own first output (or the one that the
   * model's entry names), whatever it is called there; any other name means the output of that name.
   */
  readonly outputs: readonly (GraphOutput | (string & {}))[]
  /** Intra-op threads of a run. @default 1 */
  readonly threads?: number | undefined
}

/** Token ids of texts of equally many tokens, row by row: int32 [batch, tokens] each. */
export interface NetworkInputs extends Omit<RunOptions, 'outputs'> {
  readonly inputIds: Int32Array
}

/** What turns token ids into numbers: an ONNX file as it is, or a checkpoint through a graph of our own. */
export interface Network {
  /** Tokens that a text can have; null where the files do not say. */
  readonly maxPositions: number | null
  /** Floats per row of `late_embeddings`; 0 without a head. */
  readonly lateDimension: number
  /**
   * Whether every text must be run by itself: the graph quantizes activations over the whole batch, so that company would
   * change a text's vector.
   */
  readonly runsAlone: boolean
  /** @throws ModelError `RUN_FAILED`, `GRAPH_UNSUPPORTED` */
  run(inputs: NetworkInputs, batch: number, tokens: number): Promise<RunOutputs>
  release(): Promise<void>
}

/**
 * Opens the network of a model in this thread, building the graph of a checkpoint on first use. Who opens the same once more has the same.
 * @throws InputError `INVALID_OPTION` for a precision that cannot be had, `MODEL_NOT_SUITABLE`
 * @throws ModelError `CHECKPOINT_INVALID`, `CHECKPOINT_UNSUPPORTED`, `GRAPH_NOT_WRITABLE`, `SESSION_FAILED`, `GRAPH_UNSUPPORTED`, …
 */
export async function openNetwork(model: OpenedModel, options: NetworkOptions): Promise<Network> {
  const { precision = 'fp32', threads = 1, maskInput = false, typeInput = false, ...others } = options
  requirePrecision(model, precision)
  const key = JSON.stringify([model, precision, threads, maskInput, typeInput, others])
  return shareNetwork(key, () => (isOnnx(model) ? openOnnxNetwork : openCheckpointNetwork)(model, options))
}

/** Whether a model is an ONNX file, and not a checkpoint. */
export function isOnnx({ entry }: OpenedModel): boolean {
  return (entry.network ?? CHECKPOINT_FILE).endsWith('.onnx')
}

/**
 * To be called before anything is made with a model; one without a network is right in any precision.
 * @throws InputError `INVALID_OPTION` for int8 or bf16 of an ONNX file, and for bf16 where products in it cannot be had
 */
export function requirePrecision(model: OpenedModel, precision: Precision | undefined): void {
  const hasNetwork = !['bm25', 'static'].includes(architectureOf(model.entry))
  if (precision === undefined || precision === 'fp32' || !hasNetwork) return
  const { name } = model.entry
  if (isOnnx(model)) {
    throw optionError(
      `precision ${precision} needs a checkpoint; ${name} is an ONNX file, which runs in the arithmetic that it holds. Bring the checkpoint in: offgrid models pull ${name} --checkpoint, or models import DIR with its model.safetensors and config.json.`,
    )
  }
  if (precision === 'bf16' && !hasBfloat16Products(processorFeatures())) {
    throw optionError(
      `precision bf16 needs Linux on an arm64 processor that multiplies in bfloat16, got ${process.platform} on ${process.arch}. Use fp32, or int8, which is faster on every processor.`,
    )
  }
}

async function openCheckpointNetwork(model: OpenedModel, options: NetworkOptions): Promise<Network> {
  const { outputs, precision, threads = 1, late, maskInput, typeInput } = options
  const known = outputs.filter((name): name is GraphOutput => GRAPH_OUTPUTS.includes(name as GraphOutput))
  if (known.length < outputs.length) {
    const missing = outputs.filter((name) => !GRAPH_OUTPUTS.includes(name as GraphOutput))
    throw new InputError(
      'MODEL_NOT_SUITABLE',
      `${model.entry.name} is a checkpoint, which gives no output ${missing.join(', ')}: import the model with its ONNX file.`,
    )
  }
  const graph = await openTransformerGraph({ model, late, outputs: known, threads, precision, maskInput, typeInput })
  const { session, config, lateDimension } = graph
  return {
    maxPositions: config.maxPositions,
    lateDimension,
    runsAlone: false,
    run: ({ inputIds, ...rest }, batch, tokens) => session.run(inputIds, batch, tokens, rest),
    release: () => session.release(),
  }
}

async function openOnnxNetwork(model: OpenedModel, options: NetworkOptions): Promise<Network> {
  const { entry } = model
  if (options.late !== undefined) {
    throw new InputError(
      'MODEL_NOT_SUITABLE',
      `${entry.name} is an ONNX file here, and the late-interaction head ${options.late.entry.name} needs its checkpoint: ` +
        `import the folder with its model.safetensors (offgrid models import DIR --as ${entry.name}), or choose a ColBERT model.`,
    )
  }
  const session = await OnnxSession.open(await placeLinkedNetwork(model, entry.network!), options.threads ?? 1)
  try {
    const names = new Map(options.outputs.map((wanted) => [findOutput(model, session, wanted), wanted]))
    const fetched = [...names.keys()]
    return {
      maxPositions: await readMaxPositions(model),
      lateDimension: 0,
      runsAlone: entry.runsAlone ?? false,
      run: async ({ inputIds, ...rest }, batch, tokens) => {
        const outputs = await session.run(inputIds, batch, tokens, { ...rest, outputs: fetched })
        return Object.fromEntries(fetched.map((name) => [names.get(name)!, outputs[name]!]))
      },
      release: () => session.release(),
    }
  } catch (error) {
    await session.release()
    throw error
  }
}

/** The name that an ONNX file gives to an output. */
function findOutput({ entry }: OpenedModel, session: OnnxSession, wanted: string): string {
  const names = session.outputs.map(({ name }) => name)
  const isRole = GRAPH_OUTPUTS.includes(wanted as GraphOutput)
  const place = isRole ? (entry.output ?? 0) : wanted
  const name = typeof place === 'number' ? names[place] : names.find((candidate) => candidate === place)
  if (name !== undefined) return name
  throw new ModelError(
    'GRAPH_UNSUPPORTED',
    `${entry.network} of ${entry.name}: expected an output ${JSON.stringify(place)}, found ${names.join(', ')}.`,
  )
}

/** What config.json says of the longest text; null where the model has none or it does not say. @throws ModelError `MODEL_FILE_CORRUPT`, `CONFIG_INVALID` */
async function readMaxPositions({ entry, folder }: OpenedModel): Promise<number | null> {
  if (!entry.files.some(({ path }) => path === CONFIG_FILE)) return null
  const path = join(folder, CONFIG_FILE)
  return maxPositionsOf(await readModelJson(path), path)
}
