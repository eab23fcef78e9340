import type { EncoderSpec } from '../../encoders/open-encoder.js'
import type { CrossEncoderSpec } from '../../encoders/pairs/cross-encoder.js'
import { type InputError, optionError } from '../../errors.js'
import type { TextObject } from '../../inference/inference-object.js'
import { isBm25, type ModelSpec, resolveModel } from '../../inference/model-spec.js'
import { RememberedModels } from '../../inference/remembered-models.js'
import type { ModelEntry } from '../../onnx/manifest.js'
import { type FoundModel, findModel, listModels } from '../../onnx/model-files.js'
import { readServerBm25Options } from '../../stores/local-client/server-bm25-options.js'
import { RequestRefusal } from '../http/request-refusal.js'

export interface CatalogOptions {
  /** Arithmetic of checkpoints, unless a text's options say otherwise; an ONNX file runs in its own. @default 'fp32' */
  readonly precision?: NonNullable<EncoderSpec['precision']>
  readonly modelsFolder?: string
  /** Further names of models, in any case: `{ 'text-embedding-3-small': 'sentence-transformers/all-MiniLM-L6-v2' }`. @default none */
  readonly aliases?: Readonly<Record<string, string>>
}

/** A name that may be asked for, and whose it is. */
export interface NamedModel {
  readonly name: string
  readonly entry: ModelEntry
}

/** Options of a dense text that the service reads itself. */
const SERVED_OPTIONS = ['mrl']
/** Longest name with its options, as JSON: a worker keeps them for as long as it keeps the model open. */
const MAX_LENGTH = 65_536

/** The models that may be asked for, by name and options as they come over the wire. */
export class ModelCatalog {
  readonly #options: CatalogOptions
  readonly #aliases: ReadonlyMap<string, string>
  readonly #remembered = new RememberedModels((text) => this.#find(text))

  constructor(options: CatalogOptions) {
    this.#options = options
    const { aliases = {} } = options
    this.#aliases = new Map(Object.entries(aliases).map(([name, model]) => [name.toLowerCase(), model]))
  }

  /** All models at hand. */
  async list(): Promise<ModelEntry[]> {
    return (await listModels(this.#where)).map(({ entry }) => entry)
  }

  /** All names that may be asked for: those of the models at hand, and then the aliases. */
  async names(): Promise<NamedModel[]> {
    const models = (await this.list()).map((entry) => ({ name: entry.name, entry }))
    const names = Object.keys(this.#options.aliases ?? {})
    return [...models, ...(await Promise.all(names.map(async (name) => ({ name, entry: await this.entryOf(name) }))))]
  }

  /** @throws InputError `UNKNOWN_MODEL` */
  async entryOf(name: string): Promise<ModelEntry> {
    return (await this.find(name)).entry
  }

  /** A model and where it lies. @throws InputError `UNKNOWN_MODEL` */
  find(name: string): Promise<FoundModel> {
    return findModel(this.#named(name), this.#where)
  }

  /**
   * What computes the vector of a text. `qdrant/bm25` is the server's own model with the server's options; the options of all others are
   * those of `InferenceClient`.
   * @throws InputError `UNKNOWN_MODEL`, `UNKNOWN_OPTION`, `INVALID_OPTION`, `WRONG_MODEL_KIND`; StoreError `REQUEST_REFUSED`
   */
  resolve(text: TextObject): Promise<ModelSpec> {
    return this.#remembered.resolve({ ...text, model: this.#named(text.model) })
  }

  /**
   * A reranker, by its name or the first that is at hand.
   * @throws InputError `UNKNOWN_MODEL`; RequestRefusal 400 for a model of another kind
   */
  async reranker(name: string | undefined): Promise<CrossEncoderSpec | null> {
    const entry =
      name === undefined ? (await this.list()).find(({ kind }) => kind === 'reranker') : await this.entryOf(name)
    if (entry === undefined || entry.kind === 'late') return null
    if (entry.kind === 'reranker') return { ...this.#where, ...this.#precisionOf(entry), reranker: entry.name }
    throw new RequestRefusal(
      400,
      'WRONG_MODEL_KIND',
      `Expected a reranker or a late-interaction model, got ${entry.name}, which is a ${entry.kind} model.`,
    )
  }

  async #find(text: TextObject): Promise<ModelSpec> {
    if (text.model.length + JSON.stringify(text.options).length > MAX_LENGTH) throw tooLong()
    const isBuiltIn = isBm25(text.model)
    const entry = await this.entryOf(isBuiltIn ? 'Qdrant/bm25' : text.model)
    if (!isBuiltIn) return resolveModel(text, { ...this.#where, ...this.#precisionOf(entry) }, SERVED_OPTIONS)
    const bm25 = readServerBm25Options(text.options)
    return { entry, kind: 'sparse', spec: { ...this.#where, sparse: entry.name, bm25 } }
  }

  #named(name: string): string {
    return this.#aliases.get(name.toLowerCase()) ?? name
  }

  get #where(): Pick<CatalogOptions, 'modelsFolder'> {
    const { modelsFolder } = this.#options
    return modelsFolder === undefined ? {} : { modelsFolder }
  }

  #precisionOf({ network }: ModelEntry): Pick<CatalogOptions, 'precision'> {
    const { precision } = this.#options
    return precision === undefined || network?.endsWith('.onnx') ? {} : { precision }
  }
}

function tooLong(): InputError {
  return optionError(`Expected a model's name and options of at most ${MAX_LENGTH} characters, got more.`)
}
