import { Bm25Encoder } from '../encoders/bm25/bm25.js'
import {
  BM25_OPTION_NAMES,
  type Bm25Options,
  type FastEmbedBm25Options,
  type QdrantBm25Options,
} from '../encoders/bm25/bm25-options.js'
import { optionError } from '../errors.js'
import type { ModelEntry } from '../onnx/manifest.js'
import { isIterable } from '../options.js'
import type { EmbeddingOptions } from './embedding-options.js'

type AvgLen = {
  /** Mean length of the corpus in terms, > 0; `fit` takes it from the texts that are given to `fit()`. @default 256 */
  readonly avgLen?: number | 'fit'
}
type Own<T> = T extends unknown ? Omit<T, 'avgLen' | 'stopwordsFolder'> & AvgLen : never

/** FastEmbed's options of `Qdrant/bm25` and ours, or those of the Qdrant server's own model (`dialect: 'qdrant'`). */
export type Bm25EmbeddingOptions = Own<FastEmbedBm25Options> | Own<QdrantBm25Options>

/** Names of all options that only BM25 has. */
export const BM25_NAMES: readonly string[] = [
  ...new Set([...BM25_OPTION_NAMES.fastembed, ...BM25_OPTION_NAMES.qdrant]),
].filter((name) => name !== 'stopwordsFolder')

/** Options of every embedding that BM25, which has no network and cuts nothing, lacks. */
const NETWORK_OPTIONS: readonly (keyof EmbeddingOptions)[] = ['precision', 'maxTokens']

/** BM25 as one embedding has it. */
export interface OpenedBm25 {
  /** Plain data but for an own stemmer. */
  readonly options: Bm25Options
  /** An encoder of these options in this thread. */
  readonly here: Bm25Encoder
  /** Whether `avgLen` is still to be fitted. */
  readonly needsFit: boolean
  /** Whether the options hold a function, which cannot cross into another thread. */
  readonly isLocal: boolean
}

/**
 * BM25's part of the options, checked by opening its encoder.
 * @throws InputError `INVALID_OPTION`, `UNKNOWN_OPTION`, `UNKNOWN_LANGUAGE`; ModelError `MODEL_FILE_MISSING`, `MODEL_FILE_CORRUPT`
 */
export async function readBm25Recipe(
  options: EmbeddingOptions & Bm25EmbeddingOptions,
  entry: ModelEntry,
): Promise<OpenedBm25> {
  const useless = NETWORK_OPTIONS.find((name) => options[name] !== undefined)
  if (useless !== undefined) {
    throw optionError(`${entry.name} has no ${useless}: it counts words and runs no network.`)
  }
  const given = Object.entries(options).filter(([name, value]) => BM25_NAMES.includes(name) && value !== undefined)
  const { avgLen, ...rest } = Object.fromEntries(given) as Bm25EmbeddingOptions
  const needsFit = avgLen === 'fit'
  const bm25 = { ...rest, ...(avgLen !== undefined && !needsFit && { avgLen }) } as Bm25Options
  const { stemmer } = bm25
  const isLocal =
    typeof stemmer === 'function' || (typeof stemmer === 'object' && stemmer !== null && 'stemWord' in stemmer)
  const recipe = { options: { ...bm25, ...listOfStopwords(bm25) } as Bm25Options, needsFit, isLocal }
  return { ...recipe, here: await Bm25Encoder.open({ model: entry.name, ...recipe.options }, options.modelsFolder) }
}

/** A set or generator of stopwords as a list, which can cross into another thread. */
function listOfStopwords({ stopwords }: Bm25Options): { stopwords?: readonly string[] } {
  const isList = isIterable(stopwords as unknown) && Symbol.iterator in (stopwords as object)
  return isList ? { stopwords: [...(stopwords as Iterable<string>)] } : {}
}
