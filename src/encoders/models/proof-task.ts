import { type ErrorRecord, toErrorRecord } from '../../error-record.js'
import { ModelError, OffgridError } from '../../errors.js'
import type { CustomModel } from '../../onnx/custom-models.js'
import type { ModelEntry } from '../../onnx/manifest.js'
import { calibrateModel } from './calibrate-int8.js'
import { describeModel } from './describe-model.js'
import type { ModelDescription } from './model-description.js'
import { type ModelProof, proveModel } from './prove-model.js'

/** What is done with a model that nobody has proved yet: its entry is made of its files, or it encodes texts. */
export type ProofTask =
  | {
      readonly op: 'describe'
      readonly path: string
      readonly folder: string
      readonly description: ModelDescription
      readonly memoryBytes: number
    }
  | { readonly op: 'prove'; readonly model: CustomModel; readonly memoryBytes: number }
  | {
      readonly op: 'calibrate'
      readonly model: CustomModel
      readonly texts: readonly string[]
      readonly memoryBytes: number
    }

export type ProofReply =
  | { readonly ok: true; readonly result: ModelEntry | ModelProof | null }
  | { readonly ok: false; readonly error: ErrorRecord }

/** Does one task. Never throws: failures are part of the reply, and what a file makes the program fail at says so. */
export async function doProofTask(task: ProofTask): Promise<ProofReply> {
  try {
    const name = task.op === 'describe' ? task.description.name : task.model.entry.name
    return { ok: true, result: await orUnusable(name, () => resultOf(task)) }
  } catch (error) {
    return { ok: false, error: toErrorRecord(error) }
  }
}

async function resultOf(task: ProofTask): Promise<ModelEntry | ModelProof | null> {
  switch (task.op) {
    case 'describe':
      return describeModel(task.path, task.folder, task.description)
    case 'prove':
      return proveModel(task.model, { withInt8: true })
    case 'calibrate':
      await calibrateModel(task.model, task.texts)
      return null
  }
}

/**
 * What is read of a model's files; where a file that no check refused makes the program itself fail, that is told as what it is.
 * @throws ModelError `MODEL_UNUSABLE`; an error of ours as it is
 */
export async function orUnusable<T>(name: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (cause) {
    if (cause instanceof OffgridError) throw cause
    throw new ModelError(
      'MODEL_UNUSABLE',
      `${name} cannot be used: its files are damaged or none that a model has (${String(cause)}). Put the model's published files there.`,
      { cause },
    )
  }
}
