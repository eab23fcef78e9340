/** Ids of one text's tokens or words, each with its weight. */
export interface TokenWeights {
  /** uint32; of ids that are there several times the last one's weight counts */
  readonly ids: Uint32Array
  /** float64, as many */
  readonly weights: Float64Array
}
