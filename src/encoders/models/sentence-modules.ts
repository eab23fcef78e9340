import { join } from 'node:path'
import { ModelError } from '../../errors.js'
import { readModelJson } from '../../files/read-model-file.js'
import type { Pooling } from '../../onnx/manifest.js'

/** A step behind the pooling: L2 normalization, or the folder of a dense layer such as `2_Dense`. */
export type EmbeddingStepName = 'normalize' | (string & {})

/** What a text goes through behind the transformer, by sentence-transformers' or PyLate's `modules.json`. */
export interface SentenceModules {
  /** Null where there is none: every token keeps its vector. */
  readonly pooling: Pooling | null
  /** In their order; of tokens where there is no pooling. */
  readonly steps: readonly EmbeddingStepName[]
}

/** Where a module list that names no folder has its pooling. */
const POOLING_FOLDER = '1_Pooling'
const OLD_MODES = ['pooling_mode_mean_tokens', 'pooling_mode_cls_token', 'pooling_mode_lasttoken']
const POOLING_MODES: Readonly<Record<string, Pooling>> = {
  mean: 'mean',
  cls: 'cls',
  lasttoken: 'lastToken',
  pooling_mode_mean_tokens: 'mean',
  pooling_mode_cls_token: 'cls',
  pooling_mode_lasttoken: 'lastToken',
}

/**
 * Reads a module list in any order that sentence-transformers writes.
 * @param modules of `modules.json`
 * @throws ModelError `MODEL_UNRECOGNISED` naming the module or the pooling that cannot be built
 */
export async function readSentenceModules(
  folder: string,
  modules: readonly Readonly<Record<string, unknown>>[],
): Promise<SentenceModules> {
  const [first, ...rest] = modules.map(({ type, path }) => ({
    type: String(type).split('.').at(-1)!,
    path: typeof path === 'string' ? path : '',
  }))
  if (first?.type !== 'Transformer')
    throw unrecognised(folder, `the first module is ${first?.type ?? 'missing'}, expected Transformer`)
  let pooling: Pooling | null = null
  const steps: EmbeddingStepName[] = []
  for (const { type, path } of rest) {
    if (type === 'Normalize') steps.push('normalize')
    else if (type === 'Dense') steps.push(await requireDense(folder, path, pooling === null))
    else if (type === 'Pooling' && pooling === null && steps.length === 0)
      pooling = await readPooling(folder, path || POOLING_FOLDER)
    else throw unrecognised(folder, `modules.json has ${type} (${path || 'no path'}) where it cannot be built`)
  }
  return { pooling, steps }
}

async function readPooling(folder: string, path: string): Promise<Pooling> {
  return poolingOf(folder, await readConfig(folder, path))
}

/**
 * The pooling that a pooling module's config.json chooses, in the form of today or in that of before, which had a flag for each.
 * @throws ModelError `MODEL_UNRECOGNISED` for several, which are joined there, and for those that are not known
 */
export function poolingOf(folder: string, config: Readonly<Record<string, unknown>>): Pooling {
  if (config.include_prompt === false) {
    throw unrecognised(folder, '1_Pooling/config.json: include_prompt is false, which cannot be built')
  }
  const flags = Object.keys(config).filter((key) => key.startsWith('pooling_mode_') && config[key] !== false)
  const chosen = config.pooling_mode ?? (flags.length === 1 && config[flags[0]!] === true ? flags[0] : flags)
  const found = typeof chosen === 'string' ? POOLING_MODES[chosen] : undefined
  if (found !== undefined) return found
  throw unrecognised(
    folder,
    `1_Pooling/config.json: expected true of one of ${OLD_MODES.join(', ')} and of no other, got ${JSON.stringify(config)}. State the pooling`,
  )
}

/** A layer reads the sentence embedding, or every token where nothing was pooled before it. */
async function requireDense(folder: string, path: string, isOfTokens: boolean): Promise<string> {
  if (!/^[\w.-]+$/.test(path) || /^\.+$/.test(path))
    throw unrecognised(folder, `the path ${JSON.stringify(path)} of a dense layer is no folder's name`)
  const { module_input_name: input } = await readConfig(folder, path)
  const expected = isOfTokens ? 'token_embeddings' : 'sentence_embedding'
  if (input === undefined || input === expected) return path
  throw unrecognised(
    folder,
    `${path}/config.json: module_input_name is ${JSON.stringify(input)}; only "${expected}" can be built here`,
  )
}

function readConfig(folder: string, path: string): Promise<Readonly<Record<string, unknown>>> {
  return readModelJson(join(folder, path, 'config.json'))
}

function unrecognised(folder: string, what: string): ModelError {
  return new ModelError('MODEL_UNRECOGNISED', `${folder}: ${what}. Export the whole model as model.onnx.`)
}
