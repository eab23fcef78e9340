import { ModelError } from '../errors.js'
import type { TokenizedPair, TokenizedText } from './tokenizer.js'
import { MAX_TOKEN_ID, type TokenizerFiles } from './tokenizer-files.js'
import { TokenizerPart } from './tokenizer-part.js'

/** A place in a row of tokens: a special token, or the tokens of the first or the second text. */
type Place = { readonly id: number; readonly type: number } | { readonly text: 0 | 1; readonly type: number }

/** Tokens of a text that were kept, and how many there were. */
export interface CutPieces {
  readonly ids: readonly number[]
  /** Tokens of the whole text, estimated beyond what was read. */
  readonly count: number
}

/** Which end of a text stays when it is cut. */
export type CutSide = 'left' | 'right'

/** Where a tokenizer puts special tokens, by its post-processor: around one text, and around and between two. */
export class SpecialTokens {
  /** Special tokens around one text. */
  readonly single: number
  /** Special tokens around and between two texts. */
  readonly pair: number
  readonly cutSide: CutSide
  readonly #before: readonly number[]
  readonly #after: readonly number[]
  readonly #pair: readonly Place[]

  /** @throws ModelError `TOKENIZER_UNSUPPORTED` for a post-processor of another kind, `MODEL_FILE_CORRUPT` */
  constructor(files: TokenizerFiles) {
    const whole = new TokenizerPart(files.definition, files.path)
    const { single, pair } = readPlaces(whole.has('post_processor') ? whole.part('post_processor') : undefined)
    const at = single.findIndex((place) => 'text' in place)
    this.#before = idsOf(single.slice(0, at))
    this.#after = idsOf(single.slice(at + 1))
    this.#pair = pair
    this.single = idsOf(single).length
    this.pair = idsOf(pair).length
    this.cutSide = cutSideOf(files)
  }

  /** The row of one text. @param pieces at least `maxTokens − single` tokens of the text, or all */
  arrange(pieces: CutPieces, maxTokens: number): TokenizedText {
    const ids = this.#cut(pieces.ids, maxTokens - this.single)
    const inputIds = new Int32Array(this.single + ids.length)
    inputIds.set(this.#before)
    inputIds.set(ids, this.#before.length)
    inputIds.set(this.#after, this.#before.length + ids.length)
    return { inputIds, cutTokens: pieces.count - ids.length }
  }

  /** The row of one text without special tokens. @param pieces at least `maxTokens` tokens of the text, or all */
  arrangeBare(pieces: CutPieces, maxTokens: number): TokenizedText {
    const ids = this.#cut(pieces.ids, maxTokens)
    return { inputIds: Int32Array.from(ids), cutTokens: pieces.count - ids.length }
  }

  /**
   * The row of two texts, cut longest first. @param pieces at least `maxTokens − pair` tokens of each text, or all
   * @see https://github.com/huggingface/tokenizers `truncate_encodings`
   */
  arrangePair(first: CutPieces, second: CutPieces, maxTokens: number): TokenizedPair {
    const room = maxTokens - this.pair
    const [firstRoom, secondRoom] = divideRoom(first.count, second.count, room)
    const texts = [this.#cut(first.ids, firstRoom), this.#cut(second.ids, secondRoom)] as const
    const inputIds: number[] = []
    const tokenTypeIds: number[] = []
    for (const place of this.#pair) {
      for (const id of 'id' in place ? [place.id] : texts[place.text]) {
        inputIds.push(id)
        tokenTypeIds.push(place.type)
      }
    }
    return {
      inputIds: Int32Array.from(inputIds),
      tokenTypeIds: Int32Array.from(tokenTypeIds),
      cutTokens: first.count + second.count - texts[0].length - texts[1].length,
    }
  }

  #cut(ids: readonly number[], room: number): readonly number[] {
    if (ids.length <= room) return ids
    return this.cutSide === 'right' ? ids.slice(0, room) : ids.slice(ids.length - room)
  }
}

function idsOf(places: readonly Place[]): number[] {
  return places.flatMap((place) => ('id' in place ? [place.id] : []))
}

/** How many tokens each of two texts may keep, by how many they have. */
function divideRoom(first: number, second: number, room: number): [number, number] {
  if (first + second <= room) return [first, second]
  const shorter = Math.min(first, second)
  let longer = shorter > room ? shorter : Math.max(shorter, room - shorter)
  let kept = shorter
  if (kept + longer > room) {
    kept = Math.floor(room / 2)
    longer = kept + (room % 2)
  }
  return first > second ? [longer, kept] : [kept, longer]
}

/** Which end of a text is kept: the config's word, else tokenizer.json's, whoever chose the number of tokens. */
export function cutSideOf({ path, definition, config }: TokenizerFiles): CutSide {
  const side = config.truncation_side || (definition.truncation?.direction ?? 'right')
  if (side === 'left' || side === 'Left') return 'left'
  if (side === 'right' || side === 'Right') return 'right'
  throw new TokenizerPart({ side }, path).corrupt('side', 'left or right as the side where texts are cut')
}

interface Places {
  readonly single: readonly Place[]
  readonly pair: readonly Place[]
}

const FIRST: Place = { text: 0, type: 0 }

function readPlaces(processor: TokenizerPart | undefined): Places {
  switch (processor?.string('type')) {
    // ByteLevel only moves offsets
    case undefined:
    case 'ByteLevel':
      return { single: [FIRST], pair: [FIRST, { text: 1, type: 1 }] }
    case 'Sequence': {
      const parts = processor!.parts('processors').filter((part) => part.string('type') !== 'ByteLevel')
      if (parts.length > 1) throw unsupported(processor!, parts.map((part) => part.string('type')).join(' and '))
      return readPlaces(parts[0])
    }
    case 'TemplateProcessing':
      return readTemplates(processor!)
    case 'BertProcessing':
    case 'RobertaProcessing': {
      const [cls, sep] = [readSpecial(processor!, 'cls'), readSpecial(processor!, 'sep')]
      const single = [{ id: cls, type: 0 }, FIRST, { id: sep, type: 0 }]
      const isBert = processor!.string('type') === 'BertProcessing'
      const type = isBert ? 1 : 0
      const between = isBert ? [] : [{ id: sep, type }]
      return { single, pair: [...single, ...between, { text: 1, type }, { id: sep, type }] }
    }
    default:
      throw unsupported(processor!, processor!.string('type'))
  }
}

/** `["[CLS]", 101]` */
function readSpecial(processor: TokenizerPart, name: string): number {
  const [, id] = processor.list(name)
  if (!isTokenId(id)) throw processor.corrupt(name, 'a token and its id')
  return id
}

function isTokenId(id: unknown): id is number {
  return Number.isInteger(id) && (id as number) >= 0 && (id as number) <= MAX_TOKEN_ID
}

function readTemplates(processor: TokenizerPart): Places {
  const tokens = processor.part('special_tokens')
  const [single, pair] = (['single', 'pair'] as const).map((which) =>
    processor.parts(which).flatMap((item) => readItem(processor, tokens, item)),
  )
  if (!single!.some((place) => 'text' in place)) throw processor.corrupt('single', 'a place for the text')
  return { single: single!, pair: pair! }
}

/** `{ Sequence: { id: "A", type_id: 0 } }` or `{ SpecialToken: { id: "[CLS]", type_id: 0 } }` */
function readItem(processor: TokenizerPart, tokens: TokenizerPart, item: TokenizerPart): Place[] {
  if (item.has('Sequence')) {
    const text = item.part('Sequence')
    return [{ text: text.oneOf('id', ['A', 'B']) === 'A' ? 0 : 1, type: text.integer('type_id', 0, MAX_TOKEN_ID) }]
  }
  const special = item.part('SpecialToken')
  const name = special.string('id')
  if (!tokens.has(name)) throw unsupported(processor, 'a template without its special tokens')
  const type = special.integer('type_id', 0, MAX_TOKEN_ID)
  return tokens
    .part(name)
    .list('ids')
    .map((id) => {
      if (!isTokenId(id)) throw tokens.corrupt(name, 'ids of special tokens')
      return { id, type }
    })
}

function unsupported(processor: TokenizerPart, found: string): ModelError {
  return new ModelError(
    'TOKENIZER_UNSUPPORTED',
    `${processor.place}: expected a post-processor of TemplateProcessing, BertProcessing, RobertaProcessing or ByteLevel, got ${found}.`,
  )
}
