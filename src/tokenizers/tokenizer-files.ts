import { join } from 'node:path'
import type { ModelError } from '../errors.js'
import { readModelValue } from '../files/read-model-file.js'
import { TokenizerPart } from './tokenizer-part.js'

/** An entry of tokenizer.json's `added_tokens`. */
export interface AddedToken {
  readonly id: number
  readonly content: string
  readonly normalized: boolean
  readonly single_word: boolean
  readonly special?: boolean
  readonly lstrip?: boolean
  readonly rstrip?: boolean
}

/** What is read of tokenizer.json. */
export interface TokenizerDefinition {
  readonly model?: { readonly type?: string; readonly vocab?: unknown; readonly [key: string]: unknown }
  readonly normalizer?: { readonly type?: string; readonly [key: string]: unknown } | null
  readonly pre_tokenizer?: { readonly type?: string } | null
  readonly post_processor?: unknown
  readonly truncation?: { readonly direction?: unknown } | null
  readonly added_tokens?: readonly AddedToken[]
}

/** Ids are numbers of rows of a table that has to be in memory. */
export const MAX_TOKEN_ID = 2 ** 25

/** The tokenizer of a model's folder, as its files state it. */
export interface TokenizerFiles {
  /** Of tokenizer.json, for messages. */
  readonly path: string
  readonly definition: TokenizerDefinition
  /** tokenizer_config.json */
  readonly config: Readonly<Record<string, unknown>>
}

/**
 * Reads tokenizer.json, tokenizer_config.json and, where it is there, special_tokens_map.json of a model's folder.
 * @param stated what stands in place of tokenizer_config.json
 * @throws ModelError `MODEL_FILE_MISSING`, `MODEL_FILE_CORRUPT`
 */
export async function readTokenizerFiles(
  folder: string,
  stated?: Readonly<Record<string, unknown>>,
): Promise<TokenizerFiles> {
  const path = join(folder, 'tokenizer.json')
  const definition = checkTokenizerShape(await readJson(path), path)
  const config = stated ?? (await readJson(join(folder, 'tokenizer_config.json')))
  const specialTokens = await readJson(join(folder, 'special_tokens_map.json')).catch((error: ModelError) => {
    if (error.code === 'MODEL_FILE_MISSING') return {}
    throw error
  })
  return { path, definition: withSpecialTokens(definition, specialTokens), config }
}

/** The outline of tokenizer.json; what its parts hold is checked where they are read. @throws ModelError `MODEL_FILE_CORRUPT` */
export function checkTokenizerShape(file: Readonly<Record<string, unknown>>, path: string): TokenizerDefinition {
  const whole = new TokenizerPart(file, path)
  for (const name of ['model', 'normalizer', 'pre_tokenizer', 'post_processor', 'truncation']) {
    if (whole.has(name)) whole.part(name)
  }
  if (!whole.has('added_tokens')) return { ...file, added_tokens: [] } as TokenizerDefinition
  const added = whole.parts('added_tokens').map((token): AddedToken => {
    const special = token.boolean('special', false)
    return {
      id: token.integer('id', 0, MAX_TOKEN_ID),
      content: token.string('content'),
      normalized: token.boolean('normalized', !special),
      single_word: token.boolean('single_word', false),
      special,
      lstrip: token.boolean('lstrip', false),
      rstrip: token.boolean('rstrip', false),
    }
  })
  return { ...file, added_tokens: added } as TokenizerDefinition
}

/** Tokens that only special_tokens_map.json calls special stand for themselves in a text, too. */
function withSpecialTokens(definition: TokenizerDefinition, map: object): TokenizerDefinition {
  const vocabulary = definition.model?.vocab
  const added = [...(definition.added_tokens ?? [])]
  for (const value of Object.values(map).flat() as unknown[]) {
    const content = typeof value === 'string' ? value : (value as { content?: unknown } | null)?.content
    if (typeof content !== 'string' || content === '' || added.some((token) => token.content === content)) continue
    const id = idIn(vocabulary, content)
    if (id === undefined) continue
    added.push({ id, content, normalized: false, single_word: false, special: true, lstrip: false, rstrip: false })
  }
  return { ...definition, added_tokens: added }
}

/** How many tokens the vocabulary has, added ones left out. */
export function vocabularySizeOf({ definition: { model } }: TokenizerFiles): number | undefined {
  const vocabulary = model?.vocab
  if (Array.isArray(vocabulary)) return vocabulary.length
  return typeof vocabulary === 'object' && vocabulary !== null ? Object.keys(vocabulary).length : undefined
}

/** The id of the token that stands for what the vocabulary lacks. */
export function unknownIdOf({ definition: { model } }: TokenizerFiles): number | undefined {
  if (model?.type === 'Unigram') return typeof model.unk_id === 'number' ? model.unk_id : undefined
  return typeof model?.unk_token === 'string' ? idIn(model.vocab, model.unk_token) : undefined
}

/** A token's id in the vocabulary of a WordPiece or BPE model (a record) or of a Unigram model (a list with scores). */
function idIn(vocabulary: unknown, token: string): number | undefined {
  if (Array.isArray(vocabulary)) {
    const id = vocabulary.findIndex((entry) => Array.isArray(entry) && entry[0] === token)
    return id < 0 ? undefined : id
  }
  if (typeof vocabulary !== 'object' || vocabulary === null || !Object.hasOwn(vocabulary, token)) return undefined
  return (vocabulary as Record<string, number>)[token]
}

async function readJson(path: string): Promise<Readonly<Record<string, unknown>>> {
  const value = await readModelValue(path)
  new TokenizerPart(value, path)
  return value as Record<string, unknown>
}
