/** A list of JSON in pieces, one for each of its elements. @param write makes an element's JSON */
export function* writeList<T>(values: readonly T[], write: (value: T, i: number) => string): Generator<string> {
  yield '['
  for (const [i, value] of values.entries()) yield (i === 0 ? '' : ',') + write(value, i)
  yield ']'
}
