import { join } from 'node:path'
import { ModelError } from '../../errors.js'
import { readModelJson } from '../../files/read-model-file.js'
import type { OpenedModel } from '../../onnx/model-files.js'
import type { TextTokenizer } from '../../tokenizers/tokenizer.js'
import { readTokenizerFiles } from '../../tokenizers/tokenizer-files.js'
import { readSaturation } from './idf-splade-settings.js'
import type { SparseReader } from './sparse-network.js'
import { readMaxLogits } from './splade.js'
import { weighTokens } from './splade-weights.js'
import type { TokenWeights } from './token-weights.js'

const IDF_FILE = 'idf.json'

/**
 * Inference-free SPLADE: documents go through the network, a query's tokens get the weights of a table. Neither has special tokens.
 * @throws ModelError `MODEL_FILE_MISSING`, `MODEL_FILE_CORRUPT`, `MANIFEST_INVALID`
 * @see https://github.com/qdrant/fastembed/blob/main/fastembed/sparse/if_splade.py
 */
export async function openIdfSpladeReader(
  { entry, folder }: OpenedModel,
  tokenizer: TextTokenizer,
): Promise<SparseReader> {
  const saturate = readSaturation(entry)
  const { definition } = await readTokenizerFiles(folder)
  const special = new Set((definition.added_tokens ?? []).filter((token) => token.special).map(({ id }) => id))
  const idf = await readIdf(join(folder, IDF_FILE), tokenizer)
  return {
    output: 'max_logits',
    read: (_, output) => weighTokens(readMaxLogits(entry.name, output), saturate, special),
    readQuery: (inputIds) => lookUp(inputIds, idf, special),
  }
}

function lookUp(inputIds: Int32Array, idf: ReadonlyMap<number, number>, special: ReadonlySet<number>): TokenWeights {
  const ids = Uint32Array.from(new Set([...inputIds].filter((id) => idf.has(id) && !special.has(id))))
  return { ids, weights: Float64Array.from(ids, (id) => idf.get(id)!) }
}

/** Weights of query tokens by id; a token that the vocabulary does not have is left out. */
async function readIdf(path: string, tokenizer: TextTokenizer): Promise<Map<number, number>> {
  const idf = new Map<number, number>()
  for (const [token, weight] of Object.entries(await readModelJson(path))) {
    if (typeof weight !== 'number') {
      throw new ModelError('MODEL_FILE_CORRUPT', `${path}: expected a number for ${JSON.stringify(token)}.`)
    }
    const id = tokenizer.idOf(token)
    if (id !== undefined) idf.set(id, weight)
  }
  return idf
}
