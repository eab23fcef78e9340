import {
  GREEK_COMPARISONS,
  GREEK_ENDINGS,
  GREEK_STEPS_1_TO_4,
  GREEK_STEPS_5_AND_6,
  type GreekRestore,
  type GreekRule,
} from './greek-suffixes.js'

/** Letters with accents and capitals, and under each the letter that the stemmer reads. */
const WRITTEN = 'ΆΈΉΊΌΎΏΐΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩΪΫάέήίΰςϊϋόύώ'
const READ_AS = 'αεηιουωηαβγδεζηθικλμνξοπρστυφχψωιυαεηιυσηυουω'

const LETTERS = new Map(Array.from(WRITTEN, (letter, i) => [letter, READ_AS[i]!]))

/** Shorter words are only stripped of accents. */
const MIN_LENGTH = 3

/**
 * The stem of a Modern Greek word as Snowball 2.x (crate rust-stemmers 1.2) finds it: without accents, σ for ς, maybe empty.
 * @see https://snowballstem.org/algorithms/greek/stemmer.html
 */
export function stemGreek(word: string): string {
  const state = { word: stripAccents(word), matched: false, endingStands: true }
  if (Array.from(state.word).length < MIN_LENGTH) return state.word
  for (const rule of GREEK_STEPS_1_TO_4) applyRule(rule, state)
  // Snowball 2.x writes over the span that the last matching step left, which is empty and at the end if there was one.
  if (state.word === 'αγαμε') state.word = state.matched ? 'αγαμεαγαμ' : 'αγαμ'
  for (const rule of GREEK_STEPS_5_AND_6) applyRule(rule, state)
  if (state.endingStands) state.word = withoutEnding(state.word, GREEK_ENDINGS)
  return withoutEnding(state.word, GREEK_COMPARISONS)
}

function stripAccents(word: string): string {
  let plain = ''
  for (const letter of word) plain += LETTERS.get(letter) ?? letter
  return plain
}

interface StemState {
  word: string
  matched: boolean
  endingStands: boolean
}

function applyRule(rule: GreekRule, state: StemState): void {
  const suffix = endingOf(state.word, rule.remove)
  if (suffix === undefined) return
  const rest = state.word.slice(0, state.word.length - suffix.length)
  const restore = rule.restore.find((candidate) => fits(candidate, rest))
  state.word = restore === undefined ? rest : rest.slice(0, rest.length - restore.cut) + restore.append
  state.matched = true
  if (!rule.keepsEnding) state.endingStands = false
}

function fits(restore: GreekRestore, rest: string): boolean {
  if (restore.fits === 'whole') return restore.words.includes(rest)
  return restore.fits === 'any' || endingOf(rest, restore.words) !== undefined
}

function endingOf(word: string, endings: readonly string[]): string | undefined {
  return endings.find((ending) => word.endsWith(ending))
}

function withoutEnding(word: string, endings: readonly string[]): string {
  const ending = endingOf(word, endings)
  return ending === undefined ? word : word.slice(0, word.length - ending.length)
}
