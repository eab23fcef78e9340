import { addCustomModel, type CustomModelOptions } from '../encoders/models/add-custom-model.js'
import { InputError } from '../errors.js'
import type { ModelKind } from '../onnx/manifest.js'
import { listModels } from '../onnx/model-files.js'
import { type FastEmbedModel, fastEmbedModels, knownModels, matchModel } from '../onnx/model-registry.js'
import { invalidOption, rejectUnknownOptions, requireObject, requireString } from '../options.js'

/** A model of one class: one that is known, or one that is at hand. */
export interface SupportedModel {
  readonly model: string
  /** Floats per vector, or per row of a multivector; null for sparse models and rerankers. */
  readonly dimension: number | null
  /** Where texts are cut, special tokens included; null where nobody says, or nothing is cut. */
  readonly maxTokens: number | null
  /** Whether its files are here; if not, `offgrid models pull`, `unbundle` or `import` brings them in. */
  readonly isPresent: boolean
  /** Of sparse models: whether a collection needs the modifier idf. */
  readonly requiresIdf: boolean
  readonly licence: string
  readonly description: string
  /** What FastEmbed states besides; null for models that it does not list. */
  readonly published: Pick<FastEmbedModel, 'sources' | 'network' | 'additionalFiles' | 'sizeGb'> | null
}

/** A model in a folder of one's own; the class says its kind. */
export type OwnModel = Omit<CustomModelOptions, 'kind'>

/** What every class's `addCustomModel` does. @throws what {@link addCustomModel} throws */
export async function addOwnModel(kind: ModelKind, model: OwnModel): Promise<void> {
  requireObject('addCustomModel', 'model', model)
  await addCustomModel({ ...model, kind })
}

/** Where models are looked for. */
export interface SupportedModelsOptions {
  /** Folder with a manifest.json, looked at before `OFFGRID_MODELS` and the bundled models. */
  readonly modelsFolder?: string
}

/**
 * Every model of a kind: those at hand first (bundled, imported, added), then the others that are known, FastEmbed's first.
 * @throws InputError `UNKNOWN_OPTION`, `MODELS_FOLDER_MISSING`; ModelError `MANIFEST_INVALID`
 */
export async function listSupportedModels(
  kind: ModelKind,
  options: SupportedModelsOptions = {},
): Promise<SupportedModel[]> {
  rejectUnknownOptions(options, ['modelsFolder'], 'listSupportedModels')
  requireString('listSupportedModels', 'modelsFolder', options.modelsFolder)
  const known = new Map(knownModels().map((model) => [model.name.toLowerCase(), model]))
  const present = (await listModels(options)).flatMap(({ entry }): SupportedModel[] => {
    if (entry.kind !== kind) return []
    const published = known.get(entry.name.toLowerCase())
    known.delete(entry.name.toLowerCase())
    return [
      {
        ...{ model: entry.name, dimension: entry.dimension, maxTokens: entry.maxTokens, isPresent: true },
        ...{ requiresIdf: published?.requiresIdf ?? false, licence: entry.licence },
        ...{ description: published?.description ?? entry.source, published: publishedOf(entry.name) },
      },
    ]
  })
  const absent = [...known.values()].filter((model) => model.kind === kind)
  return [
    ...present,
    ...absent.map(({ name, requiresIdf = false, dimension, maxTokens, licence, description }) => ({
      ...{ model: name, dimension, maxTokens, isPresent: false, requiresIdf, licence, description },
      published: publishedOf(name),
    })),
  ]
}

/** What FastEmbed states of a model of its list. */
function publishedOf(name: string): SupportedModel['published'] {
  const listed = fastEmbedModels().find((model) => model.name.toLowerCase() === name.toLowerCase())
  if (listed === undefined) return null
  const { sources, network, additionalFiles, sizeGb } = listed
  return { sources, network, additionalFiles, sizeGb }
}

/** @throws InputError `UNKNOWN_MODEL` listing what there is of the kind */
export async function embeddingSizeOf(
  kind: ModelKind,
  name: string,
  options: SupportedModelsOptions = {},
): Promise<number> {
  if (typeof name !== 'string') throw invalidOption('getEmbeddingSize', 'model', 'a name', name)
  const models = await listSupportedModels(kind, options)
  const dimension = matchModel(name, models, ({ model }) => model)?.dimension
  if (dimension !== undefined && dimension !== null) return dimension
  const names = models.map(({ model }) => model).join(', ')
  throw new InputError('UNKNOWN_MODEL', `Unknown ${kind} model "${name}"; expected one of ${names}.`)
}
