/** How much goes to a worker at once. */
export interface PieceLimits {
  readonly maxTexts: number
  /** Sum of the texts' lengths, in UTF-16 units; a longer text goes alone. */
  readonly maxLength: number
}

/**
 * For a transformer: about 4,000 tokens, a second of one core. Enough company for short texts to find others of their length,
 * little enough that all workers finish together and progress stays live.
 */
export const TRANSFORMER_PIECE: PieceLimits = { maxTexts: 256, maxLength: 16_384 }

/** For BM25 alone, which does this much in about ten milliseconds: large beside what a task costs, small beside a corpus. */
export const BM25_PIECE: PieceLimits = { maxTexts: 512, maxLength: 262_144 }

/** Cuts a list into pieces within the limits, order kept. */
export function* cutPieces<T>(items: Iterable<T>, textOf: (item: T) => string, limits: PieceLimits): Generator<T[]> {
  let piece: T[] = []
  let length = 0
  for (const item of items) {
    const itemLength = textOf(item).length
    if (piece.length > 0 && (piece.length >= limits.maxTexts || length + itemLength > limits.maxLength)) {
      yield piece
      piece = []
      length = 0
    }
    piece.push(item)
    length += itemLength
  }
  if (piece.length > 0) yield piece
}

/** The same over a stream of lists: a piece may take items from several lists, and the last one may be short. Ends once the signal is aborted. */
export async function* cutPieceStream<T>(
  source: AsyncIterable<readonly T[]>,
  textOf: (item: T) => string,
  limits: PieceLimits,
  signal?: AbortSignal,
): AsyncGenerator<T[]> {
  let rest: T[] = []
  for await (const items of source) {
    const pieces = [...cutPieces([...rest, ...items], textOf, limits)]
    rest = pieces.pop() ?? []
    for (const piece of pieces) {
      if (signal?.aborted === true) return
      yield piece
    }
  }
  if (rest.length > 0 && signal?.aborted !== true) yield rest
}
