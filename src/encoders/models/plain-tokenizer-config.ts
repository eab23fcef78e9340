import { join } from 'node:path'
import { isFile } from '../../files/path-stats.js'
import { readModelJson } from '../../files/read-model-file.js'
import { isObject, type JsonObject } from '../../options.js'

const TOKENS = { cls_token: '[CLS]', sep_token: '[SEP]', pad_token: '[PAD]', mask_token: '[MASK]' }
/** Positions of a BERT where no file says how many there are. */
const POSITIONS = 512

/**
 * What tokenizer_config.json says of a plain BERT tokenizer, for a folder that has none, as those that were made for other programs: all
 * else stands in tokenizer.json.
 * @param config of the model
 * @returns null where tokenizer_config.json is there, or tokenizer.json is not, or is that of another tokenizer
 * @throws ModelError `MODEL_FILE_CORRUPT`
 */
export async function plainTokenizerConfig(folder: string, config: JsonObject | null): Promise<JsonObject | null> {
  if (await isFile(join(folder, 'tokenizer_config.json'))) return null
  if (!(await isFile(join(folder, 'tokenizer.json')))) return null
  const { model, normalizer, pre_tokenizer, truncation } = await readModelJson(join(folder, 'tokenizer.json'))
  const isBert =
    typeOf(model) === 'WordPiece' &&
    typeOf(normalizer) === 'BertNormalizer' &&
    typeOf(pre_tokenizer) === 'BertPreTokenizer'
  const vocabulary = isObject(model) && isObject(model.vocab) ? model.vocab : {}
  if (!isBert || !Object.values(TOKENS).every((token) => Object.hasOwn(vocabulary, token))) return null
  const { lowercase = true, strip_accents = null, handle_chinese_chars = true } = normalizer as JsonObject
  const longest = isObject(truncation) ? truncation.max_length : config?.max_position_embeddings
  return {
    tokenizer_class: 'BertTokenizer',
    ...TOKENS,
    unk_token: (model as JsonObject).unk_token ?? '[UNK]',
    do_lower_case: lowercase,
    strip_accents,
    tokenize_chinese_chars: handle_chinese_chars,
    model_max_length: longest ?? POSITIONS,
  }
}

function typeOf(part: unknown): unknown {
  return isObject(part) ? part.type : undefined
}
