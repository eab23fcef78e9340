import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Architecture, ModelEntry, ModelKind } from './manifest.js'
import { BUNDLED_MODELS_FOLDER, packageBroken, requirePackage } from './models-folders.js'

/** A text model that FastEmbed 0.9.1 lists, whether its files are here or not. */
export interface KnownModel
  extends Pick<
    ModelEntry,
    | 'name'
    | 'pooling'
    | 'normalize'
    | 'output'
    | 'dimension'
    | 'maxTokens'
    | 'queryPrefix'
    | 'passagePrefix'
    | 'settings'
    | 'licence'
  > {
  readonly kind: ModelKind
  readonly architecture: Architecture
  /** File that is run, relative to the folder. */
  readonly network: string
  /** Files that it needs beside the network, the tokenizer's and config.json. */
  readonly additionalFiles: readonly string[]
  /** Of sparse models: how many indices there are, where they are those of a vocabulary. */
  readonly vocabularySize?: number | null
  /** Of sparse models: whether a collection needs the modifier idf. */
  readonly requiresIdf?: boolean
  /** As FastEmbed states it. */
  readonly sizeGb: number
  /** Where the files are published: a Hugging Face repository, an address. */
  readonly sources: { readonly hf?: string; readonly url?: string }
  readonly description: string
}

let registry: readonly KnownModel[] | undefined

/**
 * Every text model that FastEmbed lists, dense, sparse, late interaction and rerankers, in its order.
 * @throws ModelError `PACKAGE_BROKEN` if the list did not come along
 */
export function knownModels(): readonly KnownModel[] {
  registry ??= readRegistry()
  return registry
}

function readRegistry(): readonly KnownModel[] {
  requirePackage()
  const path = join(BUNDLED_MODELS_FOLDER, 'registry.json')
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as { models: KnownModel[] }).models
  } catch (cause) {
    throw packageBroken(`The list of known models, ${path}, cannot be read: ${(cause as Error).message}`, cause)
  }
}

/** The model with this name; upper and lower case count as equal. */
export function findKnownModel(name: string): KnownModel | undefined {
  const wanted = name.toLowerCase()
  return knownModels().find((model) => model.name.toLowerCase() === wanted)
}
