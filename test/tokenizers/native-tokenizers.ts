import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32, gunzipSync } from 'node:zlib'
import { BUNDLED_MODELS_FOLDER } from '../../src/onnx/models-folders.js'
import { openTokenizer } from '../../src/tokenizers/open-tokenizer.js'
import type { TextTokenizer } from '../../src/tokenizers/tokenizer.js'
import { checkTokenizerShape } from '../../src/tokenizers/tokenizer-files.js'
import { WholeTextTokenizer } from '../../src/tokenizers/whole-text-tokenizer.js'
import { isWordPiece, WordPieceTokenizer } from '../../src/tokenizers/wordpiece.js'

/** What the native `tokenizers` gives for nasty texts and code points; scripts/make-native-tokenizer-fixture.py writes it. */
interface NativeTokenizers {
  readonly textsPerBlock: number
  readonly codesPerBlock: number
  readonly texts: readonly string[]
  readonly charsmaps: Readonly<Record<string, string>>
  readonly tokenizers: Readonly<Record<string, object>>
  readonly expected: Readonly<Record<string, { readonly texts: readonly number[]; readonly codes: readonly number[] }>>
}

export const NATIVE = JSON.parse(
  gunzipSync(readFileSync(new URL('../parity/fixtures/native-tokenizers.json.gz', import.meta.url))).toString(),
) as NativeTokenizers

/** More tokens than any text has. */
export const ALL = 1_000_000

/** tokenizer.json of one of the small tokenizers, with its charsmap in place. */
export function nativeDefinition(name: string): object {
  const text = JSON.stringify(NATIVE.tokenizers[name])
  return JSON.parse(text.replace(/"@(\d+)"/g, (_, key: string) => JSON.stringify(NATIVE.charsmaps[key]))) as object
}

/** One of the small tokenizers, or the bundled one. @param way how it reads a text: as it would be opened, or the general way */
export async function openNative(name: string, way: 'opened' | 'general' = 'opened'): Promise<TextTokenizer> {
  if (name === 'bundled') return openTokenizer(join(BUNDLED_MODELS_FOLDER, 'all-MiniLM-L6-v2'))
  const definition = checkTokenizerShape(nativeDefinition(name) as Record<string, unknown>, name)
  const files = { path: name, definition, config: {} }
  return way === 'opened' && isWordPiece(files) ? new WordPieceTokenizer(files) : new WholeTextTokenizer(files)
}

/** CRC-32 of the ids of texts as int32, each text ended by −1. */
export function checksum(tokenizer: TextTokenizer, texts: Iterable<string>): number {
  let sum = 0
  for (const text of texts) {
    const { inputIds } = tokenizer.encodeBare(text, ALL)
    const row = new Int32Array(inputIds.length + 1)
    row.set(inputIds)
    row[inputIds.length] = -1
    sum = crc32(new Uint8Array(row.buffer), sum)
  }
  return sum
}

/** Each code point of a block in a word, and alone. */
export function* codeTexts(block: number): Iterable<string> {
  const first = block * NATIVE.codesPerBlock
  for (let code = first; code < first + NATIVE.codesPerBlock; code += 1) {
    if (code >= 0xd800 && code < 0xe000) continue
    const character = String.fromCodePoint(code)
    yield `a${character}b`
    yield character
  }
}

/** Which blocks are compared: one of so many. @default 1, all */
interface Share {
  readonly oneOf?: number
}

/** The blocks of code points that do not have the native checksum, as ranges for a message. */
export function differingCodes(name: string, tokenizer: TextTokenizer, { oneOf = 1 }: Share = {}): string[] {
  const { codes } = NATIVE.expected[name]!
  return codes.flatMap((expected, block) => {
    if (block % oneOf !== 0) return []
    if (checksum(tokenizer, codeTexts(block)) === expected) return []
    return [`U+${(block * NATIVE.codesPerBlock).toString(16)} and the ${NATIVE.codesPerBlock - 1} after it`]
  })
}

/** The blocks of nasty texts that do not have the native checksum. */
export function differingTexts(name: string, tokenizer: TextTokenizer, { oneOf = 1 }: Share = {}): string[] {
  const { texts } = NATIVE.expected[name]!
  return texts.flatMap((expected, block) => {
    if (block % oneOf !== 0) return []
    const begin = block * NATIVE.textsPerBlock
    const found = checksum(tokenizer, NATIVE.texts.slice(begin, begin + NATIVE.textsPerBlock))
    return found === expected ? [] : [`texts ${begin} to ${begin + NATIVE.textsPerBlock - 1}`]
  })
}
