import { join } from 'node:path'
import { ModelError } from '../../errors.js'
import { isFile, isFolder } from '../../files/path-stats.js'
import { readModelValue } from '../../files/read-model-file.js'
import { isObject, type JsonObject, shown } from '../../options.js'
import { plainTokenizerConfig } from './plain-tokenizer-config.js'

/** The JSON files of a published model that say how it is run; null where one is not there. */
export interface ModelFolder {
  readonly path: string
  readonly config: JsonObject | null
  /** The file's, or what an import writes in its place. */
  readonly tokenizerConfig: JsonObject | null
  /** Whether tokenizer_config.json is not there and an import writes one. */
  readonly lacksTokenizerConfig: boolean
  /** sentence-transformers: the modules that a text goes through. */
  readonly modules: readonly JsonObject[] | null
  readonly pooling: JsonObject | null
  readonly sentenceBertConfig: JsonObject | null
  /** sentence-transformers' and PyLate's own settings. */
  readonly sentenceConfig: JsonObject | null
  /** sentence-transformers: prompts by name. */
  readonly prompts: JsonObject | null
  /** sentence-transformers: how a sparse vector is made of logits. */
  readonly spladePooling: JsonObject | null
  /** ColBERT's own description of a checkpoint. */
  readonly artifact: JsonObject | null
}

/** @throws ModelError `MODEL_FILE_MISSING` if there is no such folder; `MODEL_FILE_CORRUPT` if a file is not JSON */
export async function readModelFolder(path: string): Promise<ModelFolder> {
  if (!(await isFolder(path)))
    throw new ModelError('MODEL_FILE_MISSING', `Expected a folder with a model's files, found none at ${path}.`)
  const modules = await readJson(join(path, 'modules.json'))
  if (modules !== null && !(Array.isArray(modules) && modules.every(isObject))) {
    throw wrongForm(join(path, 'modules.json'), 'a list of objects', modules)
  }
  const sentenceConfig = await readObject(join(path, 'config_sentence_transformers.json'))
  const prompts = sentenceConfig?.prompts ?? null
  if (prompts !== null && !(isObject(prompts) && Object.values(prompts).every((text) => typeof text === 'string'))) {
    throw wrongForm(join(path, 'config_sentence_transformers.json'), 'prompts that are texts by name', prompts)
  }
  const config = await readObject(join(path, 'config.json'))
  const plain = await plainTokenizerConfig(path, config)
  return {
    path,
    config,
    tokenizerConfig: plain ?? (await readObject(join(path, 'tokenizer_config.json'))),
    lacksTokenizerConfig: plain !== null,
    modules: modules as JsonObject[] | null,
    pooling: await readObject(join(path, '1_Pooling', 'config.json')),
    sentenceBertConfig: await readObject(join(path, 'sentence_bert_config.json')),
    sentenceConfig,
    prompts,
    spladePooling:
      (await readObject(join(path, '1_SpladePooling', 'config.json'))) ??
      (await readObject(join(path, 'document_1_SpladePooling', 'config.json'))),
    artifact: await readObject(join(path, 'artifact.metadata')),
  }
}

/** Whether a model's folder has a file. @param path relative, with forward slashes */
export function hasFile({ path: folder }: ModelFolder, path: string): Promise<boolean> {
  return isFile(join(folder, path))
}

async function readObject(path: string): Promise<JsonObject | null> {
  const value = await readJson(path)
  if (value === null || isObject(value)) return value
  throw wrongForm(path, 'an object', value)
}

function wrongForm(path: string, expected: string, found: unknown): ModelError {
  return new ModelError('MODEL_FILE_CORRUPT', `${path}: expected ${expected}, got ${shown(found)}.`)
}

/** Null where there is no such file. */
function readJson(path: string): Promise<unknown> {
  return readModelValue(path).catch((error: ModelError) => {
    if ((error.cause as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  })
}
