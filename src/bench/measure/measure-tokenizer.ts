import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Tokenizer } from '@huggingface/tokenizers'
import { DEFAULT_MODELS } from '../../encoders/default-models.js'
import { openModel } from '../../onnx/model-files.js'
import { WordPieceTokenizer } from '../../tokenizers/wordpiece.js'
import { type Measurement, type MeasureRequest, rateOfTexts } from './measurement.js'
import { readTexts } from './read-texts.js'

/** Enough for the compiler; all other words are met for the first time while the clock runs. */
const WARM_UP_TEXTS = 32

/** Whole texts to token ids on one thread, by our WordPiece or by the bare library that it is built on. */
export async function measureTokenizer(request: MeasureRequest, implementation: 'ours' | 'bare'): Promise<Measurement> {
  const { folder } = await openModel(DEFAULT_MODELS.dense)
  const encode = implementation === 'ours' ? await openOurs(folder) : await openBare(folder)
  const texts = await readTexts(request.documents)
  for (const text of texts.slice(0, WARM_UP_TEXTS)) encode(text)
  let tokens = 0
  let checksum = 0
  const started = performance.now()
  for (const text of texts) {
    const ids = encode(text)
    tokens += ids.length
    checksum = (checksum * 31 + (ids[ids.length >> 1] ?? 0)) % 4_294_967_296
  }
  const seconds = (performance.now() - started) / 1000
  // the checksum is equal in both rows when both gave the same tokens
  return rateOfTexts(texts.length, seconds, tokens, { checksum })
}

async function openOurs(folder: string): Promise<(text: string) => ArrayLike<number>> {
  const tokenizer = await WordPieceTokenizer.open(folder)
  return (text) => tokenizer.encode(text, Number.MAX_SAFE_INTEGER).inputIds
}

async function openBare(folder: string): Promise<(text: string) => ArrayLike<number>> {
  const read = async (name: string) => JSON.parse(await readFile(join(folder, name), 'utf8')) as object
  const tokenizer = new Tokenizer(await read('tokenizer.json'), await read('tokenizer_config.json'))
  return (text) => tokenizer.encode(text).ids
}
