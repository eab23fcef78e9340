/**
 * Inverse document frequency of Qdrant's `idf` modifier, float32: ln((N − df + 0.5) / (df + 0.5) + 1).
 * @param documents N, the sparse vectors that are not empty
 * @param frequency df, those of them that hold the index
 * @see https://qdrant.tech/documentation/concepts/indexing/#idf-modifier
 */
export function idf(documents: number, frequency: number): number {
  return Math.fround(Math.log((documents - frequency + 0.5) / (frequency + 0.5) + 1))
}
