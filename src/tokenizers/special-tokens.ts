import { ModelError } from '../errors.js'
import type { TokenizedPair, TokenizedText } from './tokenizer.js'
import type { PostProcessor, TokenizerFiles } from './tokenizer-files.js'

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

  /** @throws ModelError `TOKENIZER_UNSUPPORTED` for a post-processor of another kind */
  constructor({ path, definition, config }: TokenizerFiles) {
    const { single, pair } = readPlaces(path, definition.post_processor ?? null)
    const at = single.findIndex((place) => 'text' in place)
    this.#before = idsOf(single.slice(0, at))
    this.#after = idsOf(single.slice(at + 1))
    this.#pair = pair
    this.single = idsOf(single).length
    this.pair = idsOf(pair).length
    this.cutSide = config.truncation_side === 'left' ? 'left' : 'right'
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

interface Places {
  readonly single: readonly Place[]
  readonly pair: readonly Place[]
}

const FIRST: Place = { text: 0, type: 0 }

function readPlaces(path: string, processor: PostProcessor | null): Places {
  switch (processor?.type) {
    // ByteLevel only moves offsets
    case undefined:
    case 'ByteLevel':
      return { single: [FIRST], pair: [FIRST, { text: 1, type: 1 }] }
    case 'Sequence': {
      const parts = (processor.processors as readonly PostProcessor[]).filter(({ type }) => type !== 'ByteLevel')
      if (parts.length > 1) throw unsupported(path, parts.map(({ type }) => type).join(' and '))
      return readPlaces(path, parts[0] ?? null)
    }
    case 'TemplateProcessing':
      return { single: readTemplate(path, processor, 'single'), pair: readTemplate(path, processor, 'pair') }
    case 'BertProcessing':
    case 'RobertaProcessing': {
      const [cls, sep] = [processor.cls, processor.sep].map((token) => (token as [string, number])[1]) as [
        number,
        number,
      ]
      const single = [{ id: cls, type: 0 }, FIRST, { id: sep, type: 0 }]
      const isBert = processor.type === 'BertProcessing'
      const type = isBert ? 1 : 0
      const between = isBert ? [] : [{ id: sep, type }]
      return { single, pair: [...single, ...between, { text: 1, type }, { id: sep, type }] }
    }
    default:
      throw unsupported(path, String(processor?.type))
  }
}

interface TemplateItem {
  readonly SpecialToken?: { readonly id: string; readonly type_id: number }
  readonly Sequence?: { readonly id: 'A' | 'B'; readonly type_id: number }
}

function readTemplate(path: string, processor: PostProcessor, which: 'single' | 'pair'): Place[] {
  const tokens = processor.special_tokens as Readonly<Record<string, { readonly ids: readonly number[] }>>
  return (processor[which] as readonly TemplateItem[]).flatMap(({ SpecialToken: special, Sequence: text }): Place[] => {
    if (text !== undefined) return [{ text: text.id === 'A' ? 0 : 1, type: text.type_id }]
    const ids = special && tokens[special.id]?.ids
    if (special === undefined || ids === undefined) throw unsupported(path, 'a template without its special tokens')
    return ids.map((id) => ({ id, type: special.type_id }))
  })
}

function unsupported(path: string, found: string): ModelError {
  return new ModelError(
    'TOKENIZER_UNSUPPORTED',
    `${path}: expected a post-processor of TemplateProcessing, BertProcessing, RobertaProcessing or ByteLevel, got ${found}.`,
  )
}
