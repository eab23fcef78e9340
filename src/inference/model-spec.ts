import { withModelPrompts } from '../encoders/model-prompts.js'
import type { EncoderSpec } from '../encoders/open-encoder.js'
import { InputError, optionError } from '../errors.js'
import { type Architecture, architectureOf, type VectorKind } from '../onnx/manifest.js'
import { type FoundModel, findModel } from '../onnx/model-files.js'
import { given } from '../options.js'
import type { TextObject } from './inference-object.js'

/** Where models are looked for and how transformers run, unless a text object's own options say otherwise. */
export type EncodingDefaults = Pick<EncoderSpec, 'precision' | 'maxTokens' | 'modelsFolder'>

/** One model with its options, as encoders are told it and as they are told apart. */
export interface ModelSpec {
  readonly entry: FoundModel['entry']
  readonly kind: VectorKind
  readonly spec: EncoderSpec
}

/** The options of text objects and the names that encoders have for them; BM25's are those of FastEmbed. */
const TRANSFORMER_OPTIONS: Readonly<Record<string, string>> = { precision: 'precision', max_tokens: 'maxTokens' }
/** Of one kind of model, beside those of every transformer. */
const KIND_OPTIONS: Readonly<Record<VectorKind, Readonly<Record<string, string>>>> = {
  dense: { prompts: 'prefixes' },
  late: { pool_factor: 'poolFactor' },
  sparse: {},
}
const BM25_OPTIONS: Readonly<Record<string, string>> = {
  k: 'k',
  b: 'b',
  avg_len: 'avgLen',
  language: 'language',
  token_max_length: 'tokenMaxLength',
  disable_stemmer: 'disableStemmer',
  stopwords: 'stopwords',
  ascii_folding: 'asciiFolding',
}
/** Options of the sparse models that run a network, by architecture, beside those of every transformer. */
const NETWORK_OPTIONS: Partial<Readonly<Record<Architecture, Readonly<Record<string, string>>>>> = {
  bm42: { alpha: 'alpha' },
  minicoil: { k: 'k', b: 'b', avg_len: 'avgLen' },
}
/** Options that only the model inside a Qdrant server has. */
const SERVER_OPTIONS = ['tokenizer', 'lowercase', 'stemmer', 'min_token_len', 'max_token_len']

/** Whether this is the model that a Qdrant server computes itself. */
export function isBm25(model: string): boolean {
  return ['qdrant/bm25', 'bm25'].includes(model.toLowerCase())
}

/**
 * The encoder that a text object asks for.
 * @param ofCaller options of dense models that the caller has taken out itself, for messages
 * @throws InputError `UNKNOWN_MODEL`, `UNKNOWN_OPTION`, `INVALID_OPTION`
 */
export async function resolveModel(
  { model, options }: TextObject,
  defaults: EncodingDefaults,
  ofCaller: readonly string[] = [],
): Promise<ModelSpec> {
  const { modelsFolder } = defaults
  const { entry } = await findModel(isBm25(model) ? 'Qdrant/bm25' : model, { modelsFolder })
  if (entry.kind === 'sparse' && architectureOf(entry) === 'bm25') {
    const bm25 = renameOptions(entry.name, options, BM25_OPTIONS)
    const { stopwords } = bm25
    if (stopwords !== undefined && !(Array.isArray(stopwords) && stopwords.every((word) => typeof word === 'string'))) {
      throw optionError(
        `${entry.name}: expected stopwords as a list of words, got ${typeof stopwords}. The server's other forms need bm25: 'server'.`,
      )
    }
    return { entry, kind: 'sparse', spec: { sparse: entry.name, bm25, ...given({ modelsFolder }) } }
  }
  if (entry.kind === 'reranker') {
    throw new InputError('WRONG_MODEL_KIND', `Expected a model that gives vectors, got ${String(entry.name)}.`)
  }
  const architecture = architectureOf(entry)
  const ofModel = NETWORK_OPTIONS[architecture] ?? {}
  const ofAll = { ...TRANSFORMER_OPTIONS, ...KIND_OPTIONS[entry.kind] }
  const renamed = renameOptions(entry.name, options, { ...ofAll, ...ofModel }, entry.kind === 'dense' ? ofCaller : [])
  const own = Object.entries(renamed).filter(([name]) => Object.values(ofModel).includes(name))
  const shared = Object.entries(renamed).filter(([name]) => Object.values(ofAll).includes(name))
  return {
    entry,
    kind: entry.kind,
    spec: await withModelPrompts({
      ...defaults,
      ...Object.fromEntries(shared),
      ...(own.length > 0 && { [architecture]: Object.fromEntries(own) }),
      [entry.kind]: entry.name,
    }),
  }
}

function renameOptions(
  model: string,
  options: Readonly<Record<string, unknown>>,
  names: Readonly<Record<string, string>>,
  ofCaller: readonly string[] = [],
): Record<string, unknown> {
  const renamed: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (value === null || value === undefined) continue
    const name = Object.hasOwn(names, key) ? names[key] : undefined
    if (name === undefined) {
      const isServers = names === BM25_OPTIONS && SERVER_OPTIONS.includes(key)
      const advice = isServers ? " The server's own model has this option: set bm25: 'server'." : ''
      throw new InputError(
        'UNKNOWN_OPTION',
        `${model}: unknown option "${key}"; expected one of ${[...Object.keys(names), ...ofCaller].join(', ')}.${advice}`,
      )
    }
    renamed[name] = value
  }
  return renamed
}
