import { ModelError } from '../../errors.js'
import type { TextTokenizer } from '../../tokenizers/tokenizer.js'
import type { Side } from '../encoder.js'
import { type ColbertInput, expandQuery, insertMarker } from './colbert-layout.js'
import { findKeptRows } from './colbert-rows.js'
import type { ColbertSettings, TokenName } from './colbert-settings.js'

/** Python's string.punctuation. */
const ASCII_PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'

const MARKER_TOKENS = 1

/** The tokens of one text as ColBERT sees it. */
export interface ColbertTokens extends ColbertInput {
  /** Positions of the tokens that have a row in the multivector. */
  readonly keptRows: Uint32Array
  /** Tokens of the text that were encoded, special tokens and marker included, mask tokens not. */
  readonly tokens: number
  /** Tokens of the text that did not fit. */
  readonly cutTokens: number
}

/** Texts as a ColBERT model's documents and queries. */
export class ColbertTokenizer {
  readonly #tokenizer: TextTokenizer
  readonly #settings: ColbertSettings
  readonly #queryMarker: number
  readonly #documentMarker: number
  readonly #mask: number
  /** Ids of a document that have no row. */
  readonly #skipped: ReadonlySet<number>

  /**
   * @param where file of the tokenizer, for messages
   * @throws ModelError `TOKENIZER_UNSUPPORTED` if it has no such marker, mask or skipped token
   */
  constructor(tokenizer: TextTokenizer, settings: ColbertSettings, where: string) {
    this.#tokenizer = tokenizer
    this.#settings = settings
    const idOf = (name: TokenName, setting: string): number => {
      const id = typeof name === 'number' ? name : tokenizer.idOf(name)
      if (id !== undefined) return id
      throw new ModelError(
        'TOKENIZER_UNSUPPORTED',
        `${where}: expected the token ${JSON.stringify(name)} (settings.${setting}), it is not in the vocabulary. Correct the setting.`,
      )
    }
    this.#queryMarker = idOf(settings.queryMarker, 'queryMarker')
    this.#documentMarker = idOf(settings.documentMarker, 'documentMarker')
    this.#mask = settings.queryTokens === null ? 0 : idOf(settings.maskToken, 'maskToken')
    // of a symbol of several pieces the first, as FastEmbed does
    const punctuation = settings.skipPunctuation
      ? [...ASCII_PUNCTUATION].flatMap((symbol) =>
          tokenizer
            .pieces(symbol)
            .slice(0, 1)
            .map(({ id }) => id),
        )
      : []
    this.#skipped = new Set([...punctuation, ...settings.skipTokens.map((token) => idOf(token, 'skipTokens'))])
  }

  /** Tokens that every text has: special tokens and the marker. */
  get specialTokens(): number {
    return this.#tokenizer.specialTokens + MARKER_TOKENS
  }

  /** @param maxTokens where a text is cut, special tokens and marker included */
  tokenize(text: string, side: Side, maxTokens: number): ColbertTokens {
    const { inputIds, cutTokens } = this.#tokenizer.encode(text, maxTokens - MARKER_TOKENS)
    const tokens = inputIds.length + MARKER_TOKENS
    if (side === 'query') {
      const query = expandQuery(inputIds, {
        marker: this.#queryMarker,
        queryTokens: this.#settings.queryTokens,
        mask: this.#mask,
        attendsToMask: this.#settings.attendToMaskTokens,
      })
      const keptRows = Uint32Array.from(query.inputIds.keys())
      return { ...query, keptRows, tokens, cutTokens }
    }
    const marked = insertMarker(inputIds, this.#documentMarker)
    return {
      inputIds: marked,
      attendedTokens: tokens,
      keptRows: findKeptRows(marked, this.#skipped),
      tokens,
      cutTokens,
    }
  }
}
