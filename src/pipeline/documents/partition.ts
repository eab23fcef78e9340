import { type Document, pointId } from '../../document.js'
import { optionError } from '../../errors.js'
import { murmur3 } from '../../tokenizers/words/murmur3.js'
import type { PlacedDocument } from './good-documents.js'

/** One of `count` parts of an input; `index` is 1 … `count`. */
export interface Partition {
  readonly index: number
  readonly count: number
}

/**
 * `3/16` as part 3 of 16.
 * @throws InputError `INVALID_OPTION`
 */
export function parsePartition(text: string): Partition {
  const [, index = 0, count = 0] = (/^(\d{1,9})\/(\d{1,9})$/.exec(text) ?? []).map(Number)
  if (index >= 1 && index <= count) return { index, count }
  throw optionError(`partition: expected i/N with 1 ≤ i ≤ N, such as 3/16, got "${text}".`)
}

export function formatPartition({ index, count }: Partition): string {
  return `${index}/${count}`
}

/**
 * Whether a document belongs to the part: decided by the murmur3 hash of its point's id alone, so that every document is in exactly one part,
 * on every machine and in every run, and all versions of one id are in the same.
 */
export function isInPartition(document: Pick<Document, 'id' | 'text'>, { index, count }: Partition): boolean {
  return (murmur3(String(pointId(document))) >>> 0) % count === index - 1
}

/** The documents of one part of the input; all of them where there is none. */
export async function* partitionOf(
  documents: AsyncIterable<PlacedDocument[]>,
  partition: Partition | undefined,
): AsyncGenerator<PlacedDocument[]> {
  for await (const list of documents) {
    yield partition === undefined ? list : list.filter(({ document }) => isInPartition(document, partition))
  }
}
