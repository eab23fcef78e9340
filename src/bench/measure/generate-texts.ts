import { randomNumbers } from '../../scoring/random-numbers.js'

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
  const random = randomNumbers(seed)
  for (let i = 0; i < count; i++) {
    const words = Array.from({ length: 4 + Math.floor(random() * 9) }, () => WORDS[Math.floor(random() * WORDS.length)])
    // the number makes it distinct: equal texts of a piece are encoded once
    yield `${words.join(' ')} ${seed * 1_000_000 + i}`
  }
}
