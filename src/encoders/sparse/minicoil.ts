import { join } from 'node:path'
import { ModelError } from '../../errors.js'
import { readModelJson, readModelWords } from '../../files/read-model-file.js'
import type { OpenedModel } from '../../onnx/model-files.js'
import { rejectUnknownOptions } from '../../options.js'
import type { TextTokenizer } from '../../tokenizers/tokenizer.js'
import { loadStemmer } from '../../tokenizers/words/stemmer.js'
import { resolveParameters } from '../bm25/bm25-options.js'
import { averageByWord, encodeWord, weighWords } from './minicoil-weights.js'
import { cleanWords, type MinicoilVocabulary, resolveWords } from './minicoil-words.js'
import { NpyRows } from './npy-rows.js'
import type { SparseReader } from './sparse-network.js'

/** Parameters of miniCOIL, those of BM25's term frequency. */
export interface MinicoilOptions {
  /** Saturation of the term frequency (the literature's k1), 0 or more. @default 1.2 */
  readonly k?: number
  /** How much a document's length counts, 0 … 1. @default 0.75 */
  readonly b?: number
  /** Mean length of the documents in terms, above 0. @default 150 */
  readonly avgLen?: number
}

const MATRICES_FILE = 'minicoil.triplet.model.npy'
const VOCABULARY_FILE = 'minicoil.triplet.model.vocab'
const STOPWORDS_FILE = 'stopwords.txt'
const LANGUAGE = 'english'
const DEFAULT_AVG_LEN = 150

/**
 * miniCOIL: BM25 whose terms carry a small vector of what they mean in their text. Words without one are BM25's.
 * Its sparse vector in the store needs `modifier: 'idf'`.
 * @throws InputError `UNKNOWN_OPTION`, `INVALID_OPTION`
 * @throws ModelError `MODEL_FILE_MISSING`, `MODEL_FILE_CORRUPT`, `CHECKPOINT_UNSUPPORTED`
 * @see https://qdrant.tech/articles/minicoil/
 * @see https://github.com/qdrant/fastembed/blob/main/fastembed/sparse/minicoil.py
 */
export async function openMinicoilReader(
  { entry, folder }: OpenedModel,
  tokenizer: TextTokenizer,
  options: MinicoilOptions = {},
): Promise<SparseReader> {
  rejectUnknownOptions(options, ['k', 'b', 'avgLen'], entry.name)
  const parameters = resolveParameters({ ...options, avgLen: options.avgLen ?? DEFAULT_AVG_LEN })
  const vocabulary = await readVocabulary(folder)
  const matrices = await NpyRows.open(join(folder, MATRICES_FILE))
  const [words, hidden, size] = matrices.shape
  if (matrices.shape.length !== 3 || words! < vocabulary.words.size + 1) {
    await matrices.close()
    throw new ModelError(
      'MODEL_FILE_CORRUPT',
      `${MATRICES_FILE} of ${entry.name}: expected [${vocabulary.words.size + 1} words, hidden, size], got [${matrices.shape}].`,
    )
  }
  return {
    output: 'last_hidden_state',
    read(inputIds, { shape, values }, side) {
      if (shape[1] !== hidden) {
        throw new ModelError(
          'GRAPH_UNSUPPORTED',
          `${entry.name}: expected token embeddings of ${hidden} floats, got [${shape}].`,
        )
      }
      const pieces = Array.from(inputIds, (id) => tokenizer.tokenOf(id)!)
      const resolved = resolveWords(pieces, vocabulary)
      const meanings = new Map(
        [...averageByWord(values, resolved.numbers)].map(([number, row]) => {
          return [number, encodeWord(row, matrices.read(number))] as const
        }),
      )
      const ids = { words: vocabulary.words.size, size: size! }
      return weighWords(cleanWords(resolved.words, vocabulary), meanings, ids, side === 'document' ? parameters : null)
    },
    close: () => matrices.close(),
  }
}

async function readVocabulary(folder: string): Promise<MinicoilVocabulary> {
  const path = join(folder, VOCABULARY_FILE)
  const { vocab, stem_mapping: stems } = await readModelJson(path)
  if (!Array.isArray(vocab) || typeof stems !== 'object' || stems === null) {
    throw new ModelError('MODEL_FILE_CORRUPT', `${path}: expected { vocab: [words], stem_mapping: { stem: word } }.`)
  }
  const words = new Map((vocab as string[]).map((word, i) => [word, i + 1]))
  const wordOfStem = new Map(Object.entries(stems as Record<string, string>))
  for (const word of wordOfStem.values()) {
    if (!words.has(word)) {
      throw new ModelError('MODEL_FILE_CORRUPT', `${path}: a stem stands for "${word}", which is not in vocab.`)
    }
  }
  return {
    words,
    wordOfStem,
    stopwords: await readModelWords(join(folder, STOPWORDS_FILE)),
    stem: await loadStemmer(LANGUAGE),
  }
}
