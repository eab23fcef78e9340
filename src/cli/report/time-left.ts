import type { IngestProgress } from '../../pipeline/runs/ingest-tally.js'

/** The time that a run still takes, by what it encoded: what an earlier run stored is passed in no time and says nothing of the rest. */
export class TimeLeft {
  /** Where the first document stands that had to be encoded. */
  #begin = 0

  /**
   * @param fraction share of the input that is done with, 0 … 1; null where it is not known
   * @returns seconds, or null as long as nothing can be said
   */
  at(fraction: number | null, { encodingSeconds }: Pick<IngestProgress, 'encodingSeconds'>): number | null {
    if (fraction === null) return null
    if (encodingSeconds === 0) this.#begin = fraction
    const done = fraction - this.#begin
    return encodingSeconds === 0 || done <= 0 ? null : (encodingSeconds / done) * (1 - fraction)
  }
}
