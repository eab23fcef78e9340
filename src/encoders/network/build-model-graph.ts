import { basename, join } from 'node:path'
import { readCalibration } from '../../graph/calibration.js'
import type { DenseLayer, EmbeddingStep } from '../../graph/dense-layer.js'
import { buildEncoderGraph, type EncoderGraphOptions } from '../../graph/encoder-graph.js'
import { readDenseLayer } from '../../graph/read-dense-layer.js'
import { openCheckpoint } from '../../graph/safetensors.js'
import { CALIBRATION_FILE, CHECKPOINT_FILE } from '../../onnx/manifest.js'
import type { OpenedModel } from '../../onnx/model-files.js'

/** What a graph is made from beside the files of its model. */
export type ModelGraphOptions = Omit<
  EncoderGraphOptions,
  'checkpoint' | 'weightsFile' | 'maxima' | 'steps' | 'projections'
>

/**
 * The graph of a model's checkpoint, with the layers behind it and the calibration of int8 where the model has them.
 * @returns the bytes of an ONNX file whose weights lie in the checkpoint
 * @throws ModelError `CHECKPOINT_INVALID`, `CHECKPOINT_UNSUPPORTED`, `CALIBRATION_INVALID`, `CONFIG_INVALID`
 */
export async function buildModelGraph(model: OpenedModel, options: ModelGraphOptions): Promise<Uint8Array> {
  const { folder, entry } = model
  const weights = entry.network ?? CHECKPOINT_FILE
  const steps = await readSteps(model)
  const isCalibrated = options.precision === 'int8' && entry.files.some(({ path }) => path === CALIBRATION_FILE)
  return buildEncoderGraph({
    ...options,
    checkpoint: await openCheckpoint(join(folder, weights)),
    weightsFile: basename(weights),
    maxima: isCalibrated ? await readCalibration(join(folder, CALIBRATION_FILE), options.config) : undefined,
    ...(steps !== undefined && (isOfTokens(model) ? { projections: denseOnly(steps) } : { steps })),
  })
}

/** What follows the encoder; undefined where the manifest leaves it to `normalize`. */
async function readSteps({ entry, folder }: OpenedModel): Promise<EmbeddingStep[] | undefined> {
  if (entry.steps === undefined) return undefined
  return Promise.all(
    entry.steps.map(async (step) =>
      step === 'normalize' ? ({ kind: 'normalize' } as const) : readDenseLayer(join(folder, step)),
    ),
  )
}

/** Whether the layers stand behind every token, as those of a late-interaction model do. */
function isOfTokens({ entry }: OpenedModel): boolean {
  return entry.kind === 'late'
}

/** A late-interaction model's rows are normalized when they are taken out. */
function denseOnly(steps: readonly EmbeddingStep[]): DenseLayer[] {
  return steps.filter((step): step is DenseLayer => step.kind === 'dense')
}
