import { codePointSet, unicodeData } from './unicode-classes.js'

export type NormalizationForm = 'NFC' | 'NFD' | 'NFKC' | 'NFKD'

/** Up to U+02FF nothing is inert that Node knows better, and nothing combines. */
const PLAIN = /^[\0-\u02ff]*$/

/** ICU sorts the marks behind one letter in quadratic time; longer runs are sorted before it sees them. */
const MAX_UNSORTED_MARKS = 32

/**
 * A normalization form as the native tokenizers have it. Their Unicode is older than Node's: a code point that they do not
 * know stays as it is and parts its neighbours.
 */
export function normalizeText(text: string, form: NormalizationForm): string {
  if (PLAIN.test(text)) return text.normalize(form)
  return mapParts(text, codePointSet('inert'), (part) => sortLongRuns(part, form).normalize(form), identity)
}

/** Lower case character by character, as Rust's `char::to_lowercase`: Σ is σ, also at the end of a word. */
export function lowerCase(text: string): string {
  if (PLAIN.test(text)) return text.toLowerCase()
  const { lowered } = unicodeData()
  return mapParts(
    text,
    codePointSet('beyond'),
    (part) => part.replaceAll('Σ', 'σ').toLowerCase(),
    (character) => lowered[character] ?? character,
  )
}

/** A text without the code points of a set. */
export function withoutSet(text: string, set: { has(code: number): boolean }): string {
  return mapParts(text, set, identity, () => '')
}

const identity = (text: string) => text

/** The parts of a text between members of a set, and each member by itself, mapped and put together again. */
function mapParts(
  text: string,
  set: { has(code: number): boolean },
  mapPart: (part: string) => string,
  mapMember: (character: string) => string,
): string {
  let mapped = ''
  let begin = 0
  for (let i = 0; i < text.length; ) {
    const code = text.codePointAt(i)!
    const end = i + (code > 0xffff ? 2 : 1)
    if (set.has(code)) {
      if (i > begin) mapped += mapPart(text.slice(begin, i))
      mapped += mapMember(text.slice(i, end))
      begin = end
    }
    i = end
  }
  return begin < text.length ? mapped + mapPart(text.slice(begin)) : mapped
}

let combiningClasses: Uint8Array | undefined

/** Canonical combining classes; 0 for what does not combine. */
function combining(): Uint8Array {
  if (combiningClasses !== undefined) return combiningClasses
  combiningClasses = new Uint8Array(0x110000)
  for (const [number, gaps] of Object.entries(unicodeData().combining)) {
    let at = 0
    for (const [i, length] of gaps.entries()) {
      if (i % 2 === 1) combiningClasses.fill(Number(number), at, at + length)
      at += length
    }
  }
  return combiningClasses
}

/** The same text for every normalization form, with long runs of marks in canonical order. */
function sortLongRuns(text: string, form: NormalizationForm): string {
  if (text.length <= MAX_UNSORTED_MARKS) return text
  const classes = combining()
  const decomposed = form === 'NFC' || form === 'NFD' ? 'NFD' : 'NFKD'
  let sorted = ''
  let copied = 0
  let run: string[] = []
  let runBegin = 0
  const finish = (end: number) => {
    if (run.length > MAX_UNSORTED_MARKS) {
      // Some marks stand for two; Array.prototype.sort is stable, as the order of marks of one class must be.
      const marks = run.flatMap((mark) => [...mark.normalize(decomposed)])
      marks.sort((a, b) => classes[a.codePointAt(0)!]! - classes[b.codePointAt(0)!]!)
      sorted += text.slice(copied, runBegin) + marks.join('')
      copied = end
    }
    run = []
  }
  for (let i = 0; i < text.length; ) {
    const code = text.codePointAt(i)!
    const end = i + (code > 0xffff ? 2 : 1)
    if (classes[code] !== 0) {
      if (run.length === 0) runBegin = i
      run.push(text.slice(i, end))
    } else if (run.length > 0) {
      finish(i)
    }
    i = end
  }
  finish(text.length)
  return copied === 0 ? text : sorted + text.slice(copied)
}
