import { InputError } from '../../errors.js'
import { getOrMake } from '../../get-or-make.js'

/** A document that was found for a question. */
export interface RunHit {
  readonly documentId: string
  readonly score: number
}

/**
 * The lines of a question in a run file of TREC: question, Q0, document, rank, score, tag. trec_eval orders documents by their scores alone, in float32,
 * and equal ones by their names; so a score is written a little lower where two would be equal.
 * @throws InputError `RUN_NOT_WRITABLE` for an id with white space, or an empty one
 */
export function formatRun(query: string, hits: readonly RunHit[], tag: string): string {
  let last = Number.POSITIVE_INFINITY
  return hits
    .map(({ documentId, score }, i) => {
      const unfit = [query, documentId].find((id) => id === '' || /\s/.test(id))
      if (unfit !== undefined) {
        throw new InputError(
          'RUN_NOT_WRITABLE',
          `--run: expected ids without white space, which separates the fields of TREC's form, got "${unfit}".`,
        )
      }
      last = Math.fround(score) < last ? Math.fround(score) : floatBelow(last)
      return `${query} Q0 ${documentId} ${i + 1} ${last} ${tag}\n`
    })
    .join('')
}

/**
 * Reads a run file: the documents of each question as trec_eval orders them, by score in float32, equal ones by their ids from the last to the first.
 * @throws InputError `BASELINE_INVALID` naming the line
 */
export function parseRun(text: string, file: string): Map<string, string[]> {
  const found = new Map<string, RunHit[]>()
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue
    const [query, , documentId, , score, ...rest] = line.trim().split(/\s+/)
    const value = Number(score)
    if (query === undefined || documentId === undefined || rest.length !== 1 || Number.isNaN(value)) {
      throw new InputError(
        'BASELINE_INVALID',
        `${file}, line ${i + 1}: expected TREC's form (question, Q0, document, rank, score, tag), got ${line.slice(0, 80)}`,
      )
    }
    getOrMake(found, query, (): RunHit[] => []).push({ documentId, score: Math.fround(value) })
  }
  const order = (a: RunHit, b: RunHit) =>
    b.score - a.score || (a.documentId < b.documentId ? 1 : a.documentId > b.documentId ? -1 : 0)
  return new Map([...found].map(([query, hits]) => [query, hits.sort(order).map(({ documentId }) => documentId)]))
}

/** The next float32 below a finite one. */
function floatBelow(value: number): number {
  const bits = new Int32Array(1)
  const float = new Float32Array(bits.buffer)
  float[0] = value
  if (value === 0) bits[0] = 0x80000001 | 0
  else bits[0]! += value > 0 ? -1 : 1
  return float[0]!
}
