/** Words of the generated texts; what they say does not matter, only that WordPiece has to work. */
const WORDS =
  'patient treatment symptoms diagnosis chronic acute infection inflammation therapy dosage clinical immune response tissue blood pressure glucose insulin cardiac renal hepatic pulmonary antibody vaccine screening surgery recovery nutrition exercise sleep headache fever cough fatigue nausea dizziness swelling pain joint muscle nerve brain liver kidney heart lung skin bone'.split(
    ' ',
  )

/**
 * Distinct short texts, 4 to 12 words each, the same for the same seed, one at a time: 100,000 of them take no memory.
 * @param seed any integer
 */
export function* generateTexts(count: number, seed: number): Generator<string> {
  const random = mulberry32(seed)
  for (let i = 0; i < count; i++) {
    const words = Array.from({ length: 4 + Math.floor(random() * 9) }, () => WORDS[Math.floor(random() * WORDS.length)])
    // the number makes it distinct: equal texts of a chunk are encoded once
    yield `${words.join(' ')} ${seed * 1_000_000 + i}`
  }
}

/** A small generator of pseudo-random numbers, 0 … 1. @see https://github.com/cprosche/mulberry32 */
function mulberry32(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
