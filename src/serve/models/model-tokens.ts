import { openModelTokenizer } from '../../encoders/network/open-model-tokenizer.js'
import { InputError } from '../../errors.js'
import { architectureOf } from '../../onnx/manifest.js'
import { openModel } from '../../onnx/model-files.js'
import type { TextTokenizer } from '../../tokenizers/tokenizer.js'
import { RequestRefusal } from '../http/request-refusal.js'
import { TimeSlices } from '../http/time-slices.js'
import type { ModelCatalog } from './model-catalog.js'
import { placeTokens } from './place-tokens.js'

/** A token, and where it stands in the text in code points; null where that cannot be said. */
export interface PlacedToken {
  readonly id: number
  readonly text: string
  readonly special: boolean
  readonly start: number | null
  readonly stop: number | null
}

/** A longer text is not tokenized here: this is the thread that answers everybody. */
const MAX_CHARACTERS = 65_536
/** No model's token is longer on the average of a text that fills it up. */
const CHARACTERS_PER_TOKEN = 16

interface Opened {
  readonly tokenizer: TextTokenizer
  /** Tokens at which the model cuts. */
  readonly limit: number | null
}

/** What is not cut, and takes room. */
interface Kept {
  /** What stands before the text. */
  readonly prompt?: string
  /** The other text of a pair. */
  readonly query?: string | undefined
  /** The cut, if it is not the model's own. */
  readonly maxTokens?: number | undefined
}

/** The tokens of a text, asked of the models' tokenizers in the thread of the service. */
export class ModelTokens {
  readonly #catalog: ModelCatalog
  readonly #opened = new Map<string, Opened>()

  constructor(catalog: ModelCatalog) {
    this.#catalog = catalog
  }

  /**
   * All tokens of a text, those beyond the cut included.
   * @throws InputError `UNKNOWN_MODEL`, `WRONG_MODEL_KIND` for a model without a tokenizer; RequestRefusal 413
   */
  async tokenize(model: string, text: string, withSpecial: boolean): Promise<PlacedToken[]> {
    if (text.length > MAX_CHARACTERS) {
      throw RequestRefusal.tooLarge(
        `Expected texts of at most ${MAX_CHARACTERS} characters to tokenize, got one of ${text.length}: split it.`,
      )
    }
    const { tokenizer } = await this.#open(model)
    const pieces = tokenizer.pieces(text)
    const characters = Array.from(text)
    const places = placeTokens(
      text,
      pieces.map(({ token }) => token),
    )
    const own = pieces.map(({ id, token }, i): PlacedToken => {
      const [start, stop] = places[i] ?? [null, null]
      const found = start === null ? token : characters.slice(start, stop).join('')
      return { id, text: found, special: false, start, stop }
    })
    if (!withSpecial) return own
    const around = specialTokens(tokenizer)
    return [...around.before, ...own, ...around.after]
  }

  /**
   * The end of a text that a model takes whole, from a word's beginning on: what a cut at the left leaves.
   */
  async keepEnd(model: string, text: string, { prompt = '', query, maxTokens }: Kept = {}): Promise<string> {
    const { tokenizer, limit: own } = await this.#open(model)
    const limit = maxTokens ?? own
    if (limit === null) return text
    const special = query === undefined ? tokenizer.specialTokens : tokenizer.pairSpecialTokens
    const room = Math.max(1, limit - special - tokenizer.pieces(query ?? prompt).length)
    if (text.length < room / 2) return text
    const end = text.slice(-room * CHARACTERS_PER_TOKEN)
    const fits = (from: number) => tokenizer.encodeBare(end.slice(from), room).cutTokens === 0
    if (end.length === text.length && fits(0)) return text
    const starts = Array.from(end.matchAll(/(?<=^|\s)\S/g), ({ index }) => index)
    // a shorter end has no more tokens: the first start that fits
    let low = 0
    let high = starts.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (fits(starts[middle]!)) high = middle
      else low = middle + 1
    }
    // one word that is longer than all there is room for
    return low < starts.length ? end.slice(starts[low]) : end.slice(-room)
  }

  /** As {@link keepEnd}, of each of many texts. */
  async keepEnds(model: string, texts: readonly string[], kept: Kept): Promise<string[]> {
    const slices = new TimeSlices()
    const ends: string[] = []
    for (const text of texts) {
      ends.push(await this.keepEnd(model, text, kept))
      await slices.pause()
    }
    return ends
  }

  async #open(name: string): Promise<Opened> {
    const { entry, modelsFolder } = await this.#catalog.find(name)
    const known = this.#opened.get(entry.name)
    if (known !== undefined) return known
    if (architectureOf(entry) === 'bm25') {
      throw new InputError(
        'WRONG_MODEL_KIND',
        `Expected a model with a tokenizer, got ${entry.name}, which counts words.`,
      )
    }
    const model = await openModel(entry.name, { modelsFolder })
    const limit = entry.maxTokens ?? model.base?.entry.maxTokens ?? null
    const opened = { tokenizer: await openModelTokenizer(model.base ?? model), limit }
    this.#opened.set(entry.name, opened)
    return opened
  }
}

/** What a tokenizer puts around a text. */
function specialTokens(tokenizer: TextTokenizer): Readonly<Record<'before' | 'after', PlacedToken[]>> {
  const word = 'a'
  const ids = [...tokenizer.encode(word, Number.MAX_SAFE_INTEGER).inputIds]
  const bare = [...tokenizer.encodeBare(word, Number.MAX_SAFE_INTEGER).inputIds]
  const first = ids.indexOf(bare[0]!)
  const toToken = (id: number): PlacedToken => ({
    ...{ id, text: tokenizer.tokenOf(id) ?? '', special: true, start: null, stop: null },
  })
  return { before: ids.slice(0, first).map(toToken), after: ids.slice(first + bare.length).map(toToken) }
}
