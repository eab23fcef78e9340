import type { ModelError } from '../../errors.js'
import { MAX_TOKEN_ID } from '../tokenizer-files.js'
import type { TokenizerPart } from '../tokenizer-part.js'
import { BpeModel } from './bpe-model.js'
import type { TokenModel } from './token-model.js'
import { UnigramModel } from './unigram-model.js'
import { WordPieceModel } from './wordpiece-model.js'

/** Time for a text grows with the longest piece; those of published vocabularies have fewer than 300 characters. */
const MAX_PIECE_UNITS = 4096
const MAX_WORD_CHARACTERS = 100_000

/** The vocabulary of a model: a token's id, and a token by its id. */
export interface Vocabulary {
  readonly model: TokenModel
  readonly ids: ReadonlyMap<string, number>
}

/**
 * The model that tokenizer.json describes.
 * @throws ModelError `MODEL_FILE_CORRUPT`, `TOKENIZER_UNSUPPORTED`
 */
export function createTokenModel(part: TokenizerPart): Vocabulary {
  const type = part.has('type') ? part.string('type') : guessType(part)
  switch (type) {
    case 'WordPiece':
      return createWordPiece(part)
    case 'BPE':
      return createBpe(part)
    case 'Unigram':
      return createUnigram(part)
    default:
      throw unsupported(part, `its model is ${type}`)
  }
}

/** Older files leave the type out. */
function guessType(part: TokenizerPart): string | undefined {
  const [, vocabulary] = [...part.entries()].find(([name]) => name === 'vocab') ?? []
  if (Array.isArray(vocabulary)) return 'Unigram'
  return part.has('merges') ? 'BPE' : undefined
}

function createWordPiece(part: TokenizerPart): Vocabulary {
  const ids = readIds(part)
  const unknownToken = part.string('unk_token', '[UNK]')
  const unknown = ids.get(unknownToken)
  if (unknown === undefined) throw part.corrupt('unk_token', 'a token of the vocabulary')
  const model = new WordPieceModel(ids, unknown, {
    prefix: part.string('continuing_subword_prefix', '##'),
    maxCharacters: part.integer('max_input_chars_per_word', 1, MAX_WORD_CHARACTERS, 100),
  })
  return { model, ids }
}

function createBpe(part: TokenizerPart): Vocabulary {
  const prefix = part.string('continuing_subword_prefix', '')
  if (prefix !== '') throw unsupported(part, 'BPE with a prefix of continuing subwords')
  const ids = readIds(part)
  const merges = part.list('merges').map((merge, i): [string, string] => {
    const pair = typeof merge === 'string' ? merge.split(' ') : merge
    if (Array.isArray(pair) && pair.length === 2 && pair.every((token) => typeof token === 'string')) {
      return pair as [string, string]
    }
    throw part.corrupt('merges', `two tokens as merge ${i + 1}`)
  })
  const unknown = part.has('unk_token') ? ids.get(part.string('unk_token')) : undefined
  try {
    const model = new BpeModel({
      vocabulary: ids,
      merges,
      unknown,
      suffix: part.string('end_of_word_suffix', ''),
      fusesUnknown: part.boolean('fuse_unk', false),
      hasByteFallback: part.boolean('byte_fallback', false),
      ignoresMerges: part.boolean('ignore_merges', false),
    })
    return { model, ids }
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw part.broken('merges', cause.message, cause)
  }
}

function createUnigram(part: TokenizerPart): Vocabulary {
  const vocabulary = part.list('vocab').map((entry, i): readonly [string, number] => {
    const isPair = Array.isArray(entry) && typeof entry[0] === 'string' && Number.isFinite(entry[1])
    if (!isPair || entry[0].length > MAX_PIECE_UNITS) {
      throw part.corrupt('vocab', `a piece of at most ${MAX_PIECE_UNITS} characters and its score as entry ${i}`)
    }
    return entry as [string, number]
  })
  if (vocabulary.length === 0) throw part.corrupt('vocab', 'at least one piece')
  const unknown = part.has('unk_id') ? part.integer('unk_id', 0, vocabulary.length - 1) : undefined
  const model = new UnigramModel(vocabulary, unknown, part.boolean('byte_fallback', false))
  return { model, ids: new Map(vocabulary.map(([piece], id) => [piece, id])) }
}

function readIds(part: TokenizerPart): Map<string, number> {
  const ids = new Map<string, number>()
  const vocabulary = part.part('vocab')
  for (const [token, id] of vocabulary.entries()) {
    if (
      !Number.isInteger(id) ||
      (id as number) < 0 ||
      (id as number) > MAX_TOKEN_ID ||
      token.length > MAX_PIECE_UNITS
    ) {
      throw part.corrupt('vocab', `ids from 0 to ${MAX_TOKEN_ID} for tokens of at most ${MAX_PIECE_UNITS} characters`)
    }
    ids.set(token, id as number)
  }
  return ids
}

function unsupported(part: TokenizerPart, what: string): ModelError {
  return part.unsupported(what, 'Expected WordPiece, BPE or Unigram.')
}
