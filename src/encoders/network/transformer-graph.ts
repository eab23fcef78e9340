import { createHash } from 'node:crypto'
import { basename, dirname, join } from 'node:path'
import { InputError, ModelError } from '../../errors.js'
import { openCacheFolder, openCacheFolders } from '../../files/cache-folder.js'
import { readModelJson } from '../../files/read-model-file.js'
import { type EncoderConfig, parseEncoderConfig } from '../../graph/architectures/encoder-config.js'
import type { GraphPooling, LateHead } from '../../graph/bert-outputs.js'
import { BUILDER_VERSION } from '../../graph/builder-version.js'
import type { GraphOutput } from '../../graph/graph-output.js'
import type { Precision } from '../../graph/precision.js'
import { openCheckpoint, readFloatTensor } from '../../graph/safetensors.js'
import {
  CALIBRATION_FILE,
  CHECKPOINT_FILE,
  DENSE_FILES,
  type ModelFile,
  POOLINGS,
  type Pooling,
} from '../../onnx/manifest.js'
import type { OpenedModel } from '../../onnx/model-files.js'
import { placeGraphFile } from '../../onnx/onnx-graph-file.js'
import { OnnxSession } from '../../onnx/session.js'
import { isOwnFolder } from './own-folder.js'

const HEAD_FILE = 'head.safetensors'

export interface TransformerGraphOptions {
  /** The model that owns the checkpoint. */
  readonly model: OpenedModel
  /** The late-interaction model that adds a head to it. */
  readonly late?: OpenedModel | undefined
  readonly outputs: readonly GraphOutput[]
  /** Intra-op threads of a session. */
  readonly threads: number
  /** Of a checkpoint; an ONNX file is run in the arithmetic that it holds. @default 'fp32' */
  readonly precision?: Precision | undefined
  /** Whether masks will be given, by the input `attention_mask`. @default false: every token is attended to */
  readonly maskInput?: boolean | undefined
  /** Whether token types will be given, by the input `token_type_ids`. @default false: every token is of type 0 */
  readonly typeInput?: boolean | undefined
}

/** A session of a checkpoint's graph, with the sizes of its encoder. */
export interface TransformerGraph {
  readonly session: OnnxSession
  readonly config: EncoderConfig
  /** Floats per row of `late_embeddings`; 0 without a head. */
  readonly lateDimension: number
}

/**
 * Opens the graph of a checkpoint for a set of outputs, building its file on first use.
 * @throws ModelError `CHECKPOINT_INVALID`, `CHECKPOINT_UNSUPPORTED`, `CALIBRATION_INVALID`, `CONFIG_INVALID`, `GRAPH_NOT_WRITABLE`, `SESSION_FAILED`
 */
export async function openTransformerGraph(options: TransformerGraphOptions): Promise<TransformerGraph> {
  const { model, late, outputs, precision = 'fp32', maskInput = false, typeInput = false } = options
  const config = await readConfig(join(model.folder, 'config.json'))
  const head = late === undefined ? undefined : await readHead(join(late.folder, HEAD_FILE), config)
  const weightsFile = model.entry.network ?? CHECKPOINT_FILE
  const weightsSha256 = sumOf(model, weightsFile)
  const pooling = graphPooling(model.entry.pooling)
  // bfloat16 is how a session multiplies, not what a graph holds
  const arithmetic = precision === 'int8' ? 'int8' : 'fp32'
  const calibration = precision === 'int8' ? findFile(model, CALIBRATION_FILE) : undefined
  const colbertDimension = outputs.includes('colbert_embeddings') ? (model.entry.dimension ?? undefined) : undefined
  const sources = [
    weightsSha256,
    sumOf(model, 'config.json'),
    late === undefined ? '' : sumOf(late, HEAD_FILE),
    calibration?.sha256 ?? '',
    ...(colbertDimension === undefined ? [] : [`colbert ${colbertDimension}`]),
    ...stepSums(model),
  ]
  const key = createHash('sha256')
    .update(JSON.stringify([BUILDER_VERSION, arithmetic, [...outputs].sort(), pooling, sources, maskInput, typeInput]))
    .digest('hex')
  const isOwn = await isOwnFolder(model.folder, model.entry)
  const place = (rebuild: boolean): Promise<string> =>
    placeGraphFile({
      name: `graph-${arithmetic}-${key.slice(0, 16)}.onnx`,
      weightsFolder: dirname(join(model.folder, weightsFile)),
      weightsFile: basename(weightsFile),
      weightsSha256,
      isOwnFolder: isOwn,
      cacheFolder: openCacheFolder,
      cacheFolders: openCacheFolders,
      build: async () => {
        // loaded only where there is no graph yet: what writes ONNX files is a fifth of the modules of a start
        const { buildModelGraph } = await import('./build-model-graph.js')
        return buildModelGraph(model, {
          config,
          outputs,
          pooling,
          precision: arithmetic,
          maskInput,
          typeInput,
          head,
          colbertDimension,
        })
      },
      rebuild,
    })
  const path = await place(false)
  // A graph file is only derived: one that does not open is made anew before anybody is told.
  const open = (file: string) => OnnxSession.open(file, options.threads, precision === 'bf16')
  const session = await open(path).catch(async () => open(await place(true)))
  return { session, config, lateDimension: head === undefined ? 0 : head.bias.values.length }
}

/** How the graph pools where it does; what it cannot do is done with its rows. */
function graphPooling(pooling: Pooling | null): GraphPooling {
  switch (pooling) {
    case 'cls':
      return 'cls'
    case 'mean':
    case 'lastToken':
    case 'none':
    case null:
      return 'mean'
    default:
      throw new ModelError(
        'MANIFEST_INVALID',
        `Expected a pooling of ${POOLINGS.join(', ')}, got ${JSON.stringify(pooling)}.`,
      )
  }
}

/** The sums of the layers behind the encoder, with their order: a graph holds them. */
function stepSums(model: OpenedModel): string[] {
  return (model.entry.steps ?? []).flatMap((step) =>
    step === 'normalize' ? [step] : DENSE_FILES.map((file) => sumOf(model, `${step}/${file}`)),
  )
}

async function readConfig(path: string): Promise<EncoderConfig> {
  try {
    return parseEncoderConfig(await readModelJson(path), path)
  } catch (cause) {
    if (cause instanceof ModelError && cause.code !== 'MODEL_FILE_CORRUPT') throw cause
    throw new ModelError('CONFIG_INVALID', (cause as Error).message, { cause })
  }
}

async function readHead(path: string, config: EncoderConfig): Promise<LateHead> {
  const checkpoint = await openCheckpoint(path)
  const weight = await readFloatTensor(checkpoint, 'weight')
  const bias = await readFloatTensor(checkpoint, 'bias')
  const dimension = bias.values.length
  if (weight.shape.length !== 2 || weight.shape[0] !== dimension || weight.shape[1] !== config.hiddenSize) {
    throw new ModelError(
      'CHECKPOINT_UNSUPPORTED',
      `${path}: expected weight [dimension, ${config.hiddenSize}] and bias [dimension], got [${weight.shape}] and [${bias.shape}].`,
    )
  }
  return { weight, bias }
}

function findFile(model: OpenedModel, path: string): ModelFile | undefined {
  return model.entry.files.find((candidate) => candidate.path === path)
}

function sumOf(model: OpenedModel, path: string): string {
  const file = findFile(model, path)
  if (file === undefined) {
    throw new InputError(
      'MODEL_NOT_SUITABLE',
      `${model.entry.name} has no file ${path}: it is no model that the transformer encoder can run.`,
    )
  }
  return file.sha256
}
