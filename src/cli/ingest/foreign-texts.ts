import { segmenterOf } from '../../encoders/bm25/bm25-options.js'
import { DEFAULT_MODELS } from '../../encoders/default-models.js'
import type { InputRecord } from '../../inputs/input-record.js'
import { openModel } from '../../onnx/model-files.js'
import type { CollectionPlan } from '../../pipeline/collection/collection-plan.js'
import { recordedBm25 } from '../../stores/collection-metadata.js'
import { UNSPACED_LANGUAGES } from '../../tokenizers/words/segmented-words.js'
import { STEMMER_LANGUAGES } from '../../tokenizers/words/stemmer.js'
import { readStopwords } from '../../tokenizers/words/stopwords.js'

/** Documents, about, and UTF-16 units of each by which an input is judged. */
const SAMPLE_DOCUMENTS = 300
const SAMPLE_UNITS = 2000
/** Fewer words, or fewer stop words that differ, say nothing: a list of names has "Hon." for each. */
const MIN_WORDS = 50
const MIN_DIFFERENT = 5
/** Share of another language's stop words, and its ratio to that of English ones: eight English corpora have at most 0.12 and 0.31. */
const MIN_SHARE = 0.15
const MIN_RATIO = 2
/** Two languages that have nearly as many stop words are told together: Danish and Norwegian. */
const NEAR = 0.75

/** Scripts other than Latin by a letter of theirs, and the language where there is but one. A word with Kana is Japanese. */
const SCRIPTS: readonly (readonly [name: string, letter: RegExp, language?: string])[] = [
  ['Japanese', /[\p{sc=Hiragana}\p{sc=Katakana}]/u, 'japanese'],
  ['Chinese', /\p{sc=Han}/u, 'chinese'],
  ['Thai', /\p{sc=Thai}/u, 'thai'],
  ['Greek', /\p{sc=Greek}/u, 'greek'],
  ['Tamil', /\p{sc=Tamil}/u, 'tamil'],
  ...['Cyrillic', 'Arabic', 'Hangul', 'Hebrew', 'Devanagari'].map(ofScript),
]

function ofScript(name: string): [name: string, letter: RegExp] {
  return [name, new RegExp(`\\p{sc=${name}}`, 'u')]
}

/** Looks at the first texts of an input of which no language was said: others than English are treated as if they were English. */
export class ForeignTexts {
  readonly #words = new Map<string, number>()
  readonly #isBm25: boolean
  readonly #isCut: boolean
  readonly #isMerged: boolean
  #isLooking: boolean
  #saysUncut = false

  /** @param isFactorSaid late vectors are to be merged so in whatever language */
  constructor({ vectors, spec: { bm25, poolFactor = 1 } }: CollectionPlan, isFactorSaid: boolean) {
    this.#isBm25 = recordedBm25({ vectors, bm25: bm25 ?? null }) !== null
    this.#isCut = bm25?.dialect !== 'qdrant' && segmenterOf(bm25 ?? {}) !== undefined
    this.#isMerged = poolFactor > 1 && !isFactorSaid
    this.#isLooking = bm25?.language === undefined && (this.#isBm25 || this.#isMerged)
  }

  /** Whether it was told that BM25 does not cut the texts into words. */
  get saysUncut(): boolean {
    return this.#saysUncut
  }

  /** The records, looked at on their way. @param warn told once, where there is something */
  async *watch(records: AsyncIterable<InputRecord[]>, warn: (line: string) => void): AsyncGenerator<InputRecord[]> {
    let documents = 0
    for await (const batch of records) {
      for (const record of this.#isLooking ? batch : []) {
        if (record.kind !== 'document') continue
        documents += 1
        const words = record.document.text
          .slice(0, SAMPLE_UNITS)
          .toLowerCase()
          .matchAll(/[\p{L}\p{M}]+/gu)
        for (const [word] of words) this.#words.set(word, (this.#words.get(word) ?? 0) + 1)
      }
      if (documents >= SAMPLE_DOCUMENTS) await this.#judge(warn)
      yield batch
    }
    await this.#judge(warn)
  }

  async #judge(warn: (line: string) => void): Promise<void> {
    if (!this.#isLooking) return
    this.#isLooking = false
    const [script, isSpaced, ofScript] = mainScript(this.#words)
    const languages = ofScript === undefined ? await languagesByStopwords(this.#words) : [ofScript]
    const isNamed = languages.length > 0
    if (script === 'Latin' && !isNamed) return
    const effects: string[] = []
    if (this.#isBm25 && isNamed && isSpaced) effects.push('BM25 takes them for English')
    this.#saysUncut = this.#isBm25 && !isSpaced && !this.#isCut
    if (this.#saysUncut) effects.push('BM25 does not cut them into words and hardly finds them')
    if (this.#isMerged) effects.push('late vectors of neighbours are merged, by which only English loses nothing')
    if (effects.length === 0) return
    const names = languages.map((name) => name[0]!.toUpperCase() + name.slice(1))
    const look = isNamed ? `look ${names.join(' or ')}` : `are mostly in ${script} letters`
    const advice = isNamed && this.#isBm25 ? `--language ${languages.join(' or ')}` : '--pool-factor 1'
    warn(`the texts ${look}: ${effects.join(', and ')}. ${advice} prevents that; --restart makes a collection anew`)
  }
}

/** The script of most letters, whether it has spaces between words, and its language where that is certain. */
function mainScript(
  words: ReadonlyMap<string, number>,
): [script: string, isSpaced: boolean, language: string | undefined] {
  const letters = new Map<string, number>()
  let total = 0
  for (const [word, count] of words) {
    const [name] = SCRIPTS.find(([, letter]) => letter.test(word)) ?? ['Latin']
    letters.set(name, (letters.get(name) ?? 0) + count * word.length)
    total += count * word.length
  }
  const [name, , language] = SCRIPTS.find(([name]) => 2 * (letters.get(name) ?? 0) > total) ?? ['Latin']
  return [name, language === undefined || !UNSPACED_LANGUAGES.includes(language), language]
}

/** The language, or the few, of which texts have by far the most stop words; none where that is not certain, or BM25's lists are not here. */
async function languagesByStopwords(words: ReadonlyMap<string, number>): Promise<string[]> {
  const model = await openModel(DEFAULT_MODELS.bm25).catch(() => null)
  const total = [...words.values()].reduce((sum, count) => sum + count, 0)
  if (model === null || total < MIN_WORDS) return []
  const shares = new Map<string, number>()
  for (const language of STEMMER_LANGUAGES) {
    const stopwords = await readStopwords(model.folder, language)
    const counts = [...stopwords].flatMap((word) => words.get(word) ?? [])
    if (counts.length >= MIN_DIFFERENT) shares.set(language, counts.reduce((sum, count) => sum + count) / total)
  }
  const { english = 0, ...others } = Object.fromEntries(shares)
  const best = Math.max(...Object.values(others))
  if (best < MIN_SHARE || best < MIN_RATIO * english) return []
  const near = Object.keys(others).filter((language) => others[language]! >= NEAR * best)
  return near.length <= 2 ? near : []
}
