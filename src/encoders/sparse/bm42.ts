import { join } from 'node:path'
import { ModelError, optionError } from '../../errors.js'
import { readModelWords } from '../../files/read-model-file.js'
import type { OpenedModel } from '../../onnx/model-files.js'
import type { RunOutput } from '../../onnx/session.js'
import { rejectUnknownOptions, shown } from '../../options.js'
import type { TextTokenizer } from '../../tokenizers/tokenizer.js'
import { readTokenizerFiles } from '../../tokenizers/tokenizer-files.js'
import { loadStemmer } from '../../tokenizers/words/stemmer.js'
import { attentionOfFirstToken, type Bm42Vocabulary, findTerms, queryTerms, weighTerms } from './bm42-weights.js'
import type { SparseReader } from './sparse-network.js'

/** Parameters of BM42. */
export interface Bm42Options {
  /** Power to which a term's logarithmic attention is raised: below 1 the IDF gains weight; above 0. @default 0.5 */
  readonly alpha?: number
}

const STOPWORDS_FILE = 'stopwords.txt'
/** The attention weights of the last of six layers, as the exported graph calls them. */
const ATTENTION_OUTPUT = 'attention_6'
const LANGUAGE = 'english'

/**
 * BM42: the attention that `[CLS]` pays to a word takes the place of BM25's term frequency. Queries take no network.
 * Its sparse vector in the store needs `modifier: 'idf'`.
 * @throws InputError `UNKNOWN_OPTION`, `INVALID_OPTION`; ModelError `MODEL_FILE_MISSING`
 * @see https://github.com/qdrant/fastembed/blob/main/fastembed/sparse/bm42.py
 */
export async function openBm42Reader(
  { entry, folder }: OpenedModel,
  tokenizer: TextTokenizer,
  options: Bm42Options = {},
): Promise<SparseReader> {
  rejectUnknownOptions(options, ['alpha'], entry.name)
  const { alpha = 0.5 } = options
  if (typeof alpha !== 'number' || !(alpha > 0) || alpha === Number.POSITIVE_INFINITY) {
    throw optionError(`${entry.name}: expected alpha to be a number above 0, got ${shown(alpha)}.`)
  }
  const { definition } = await readTokenizerFiles(folder)
  const prefix = definition.model?.continuing_subword_prefix
  const vocabulary: Bm42Vocabulary = {
    continuation: typeof prefix === 'string' ? prefix : '##',
    specialTokens: new Set(
      (definition.added_tokens ?? []).filter(({ special }) => special).map((token) => token.content),
    ),
    stopwords: await readModelWords(join(folder, STOPWORDS_FILE)),
    stem: await loadStemmer(LANGUAGE),
  }
  const termsOf = (inputIds: Int32Array) =>
    findTerms(
      Array.from(inputIds, (id) => tokenizer.tokenOf(id)!),
      vocabulary,
    )
  return {
    output: typeof entry.output === 'string' ? entry.output : ATTENTION_OUTPUT,
    read: (inputIds, output) => weighTerms(termsOf(inputIds), readAttention(entry.name, output), alpha),
    readQuery: (inputIds) => queryTerms(termsOf(inputIds)),
  }
}

function readAttention(model: string, { shape, values }: RunOutput): Float32Array {
  const [heads, from, to] = shape
  if (shape.length === 3 && from === to) return attentionOfFirstToken(values, heads!, to!)
  throw new ModelError(
    'GRAPH_UNSUPPORTED',
    `${model}: expected attention [batch, heads, tokens, tokens], got [batch, ${shape}].`,
  )
}
