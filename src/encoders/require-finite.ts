import { ModelError } from '../errors.js'

/**
 * Refuses a NaN or an infinity: it would go into files and stores, where no search finds it and JSON has no word for it. What gives one for
 * a text is a damaged model, or a text that the model cannot take.
 * @param name of the models
 * @throws ModelError `VECTOR_NOT_FINITE`
 */
export function requireFinite(values: Float32Array | Float64Array, name: string): void {
  // a NaN or an infinity times 0 is NaN, and stays it in a sum
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]! * 0
  if (sum === 0) return
  throw new ModelError(
    'VECTOR_NOT_FINITE',
    `${name} gave numbers that are not finite. If it does so for every text, its files are damaged; if for one, it cannot take that text.`,
  )
}
