import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { InputError } from '../errors.js'
import type { Architecture, ModelEntry, ModelFile, ModelKind } from './manifest.js'
import { BUNDLED_MODELS_FOLDER, packageBroken, requirePackage } from './models-folders.js'
import { lastPart } from './nearest-model.js'

/** A text model that is known by its name, whether its files are here or not. */
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
    | 'promptSource'
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
  /** Where the files are published: a Hugging Face repository, an address. */
  readonly sources: { readonly hf?: string; readonly url?: string }
  readonly description: string
}

/** A text model that FastEmbed 0.9.1 lists. */
export interface FastEmbedModel extends KnownModel {
  /** As FastEmbed states it. */
  readonly sizeGb: number
}

interface Registry {
  readonly models: readonly FastEmbedModel[]
  /** Published checkpoints that FastEmbed does not list. */
  readonly others: readonly KnownModel[]
  /** Other names of a model, by themselves. */
  readonly aliases: Readonly<Record<string, string>>
  /** What is published under a name, as far as it is known. */
  readonly sums: Readonly<Record<string, readonly ModelFile[]>>
}

let registry: Registry | undefined

/**
 * Every text model that FastEmbed lists, dense, sparse, late interaction and rerankers, in its order.
 * @throws ModelError `PACKAGE_BROKEN` if the list did not come along
 */
export function fastEmbedModels(): readonly FastEmbedModel[] {
  return readRegistry().models
}

/** Every model that is known: FastEmbed's, then the others. */
export function knownModels(): readonly KnownModel[] {
  const { models, others } = readRegistry()
  return [...models, ...others]
}

/** Files that are published under the name of a known model, with their sums; not all that there are. */
export function publishedFiles({ name }: Pick<KnownModel, 'name'>): readonly ModelFile[] {
  return readRegistry().sums[name] ?? []
}

function readRegistry(): Registry {
  if (registry !== undefined) return registry
  requirePackage()
  const path = join(BUNDLED_MODELS_FOLDER, 'registry.json')
  try {
    registry = JSON.parse(readFileSync(path, 'utf8')) as Registry
    return registry
  } catch (cause) {
    throw packageBroken(`The list of known models, ${path}, cannot be read: ${(cause as Error).message}`, cause)
  }
}

/**
 * The model that a name means, of those that there are: its name in any letter case, another name of it (as Ollama's `all-minilm`), or
 * the last part of its name where only one ends so. This is the one place that says which names are equal.
 * @param nameOf gives the whole name, such as `BAAI/bge-small-en-v1.5`
 * @throws InputError `AMBIGUOUS_MODEL` naming those whose last part it is
 */
export function matchModel<T>(wanted: string, models: readonly T[], nameOf: (model: T) => string): T | undefined {
  const alias = Object.entries(readRegistry().aliases).find(([name]) => isSameText(name, wanted))?.[1]
  for (const name of [wanted, alias]) {
    const exact = name && models.find((model) => isSameText(nameOf(model), name))
    if (exact) return exact
  }
  if (wanted === '' || wanted.includes('/')) return undefined
  const alike = models.filter((model) => isSameText(lastPart(nameOf(model)), wanted))
  if (alike.length < 2) return alike[0]
  throw new InputError(
    'AMBIGUOUS_MODEL',
    `The model "${wanted}" is one of several: expected ${alike.map(nameOf).join(' or ')}.`,
  )
}

function isSameText(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}

/**
 * The known model that a name means, see {@link matchModel}; that of a repository of FastEmbed's, too, such as `Qdrant/bge-small-en-v1.5-onnx-Q`.
 * @throws InputError `AMBIGUOUS_MODEL`
 */
export function findKnownModel(name: string): KnownModel | undefined {
  const models = knownModels()
  const found = matchModel(name, models, (model) => model.name)
  if (found !== undefined) return found
  const published = models.filter(({ sources }) => sources.hf !== undefined && isSameText(sources.hf, name))
  return published.length === 1 ? published[0] : undefined
}
