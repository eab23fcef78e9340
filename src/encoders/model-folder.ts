import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ModelError } from '../errors.js'

/** The JSON files of a published model that say how it is run; null where one is not there. */
export interface ModelFolder {
  readonly path: string
  readonly config: JsonObject | null
  readonly tokenizerConfig: JsonObject | null
  /** sentence-transformers: the modules that a text goes through. */
  readonly modules: readonly JsonObject[] | null
  readonly pooling: JsonObject | null
  readonly sentenceBertConfig: JsonObject | null
  /** sentence-transformers: prompts by name. */
  readonly prompts: JsonObject | null
  /** ColBERT's own description of a checkpoint. */
  readonly artifact: JsonObject | null
}

export type JsonObject = Readonly<Record<string, unknown>>

/** @throws ModelError `MODEL_FILE_MISSING` if there is no such folder; `MODEL_FILE_CORRUPT` if a file is not JSON */
export async function readModelFolder(path: string): Promise<ModelFolder> {
  const isFolder = await stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  )
  if (!isFolder)
    throw new ModelError('MODEL_FILE_MISSING', `Expected a folder with a model's files, found none at ${path}.`)
  const modules = await readJson(join(path, 'modules.json'))
  const prompts = (await readObject(join(path, 'config_sentence_transformers.json')))?.prompts
  return {
    path,
    config: await readObject(join(path, 'config.json')),
    tokenizerConfig: await readObject(join(path, 'tokenizer_config.json')),
    modules: Array.isArray(modules) ? (modules as JsonObject[]) : null,
    pooling: await readObject(join(path, '1_Pooling', 'config.json')),
    sentenceBertConfig: await readObject(join(path, 'sentence_bert_config.json')),
    prompts: typeof prompts === 'object' ? (prompts as JsonObject | null) : null,
    artifact: await readObject(join(path, 'artifact.metadata')),
  }
}

/** Whether a model's folder has a file. @param path relative, with forward slashes */
export async function hasFile({ path: folder }: ModelFolder, path: string): Promise<boolean> {
  return stat(join(folder, path)).then(
    (stats) => stats.isFile(),
    () => false,
  )
}

async function readObject(path: string): Promise<JsonObject | null> {
  const value = await readJson(path)
  return typeof value === 'object' && !Array.isArray(value) ? (value as JsonObject | null) : null
}

async function readJson(path: string): Promise<unknown> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch {
    return null
  }
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new ModelError('MODEL_FILE_CORRUPT', `${path} is not JSON: ${(cause as Error).message}.`, { cause })
  }
}
