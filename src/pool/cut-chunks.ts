/** How much goes to a worker at once. */
export interface ChunkLimits {
  readonly maxTexts: number
  /** Sum of the texts' lengths, in UTF-16 units; a longer text goes alone. */
  readonly maxLength: number
}

/**
 * For a transformer: about 4,000 tokens, a second of one core. Enough company for short texts to find others of their length,
 * little enough that all workers finish together and progress stays live.
 */
export const TRANSFORMER_CHUNK: ChunkLimits = { maxTexts: 256, maxLength: 16_384 }

/** For BM25 alone, which does this much in about ten milliseconds: large beside what a task costs, small beside a corpus. */
export const BM25_CHUNK: ChunkLimits = { maxTexts: 512, maxLength: 262_144 }

/** Cuts a list into chunks within the limits, order kept. */
export function* cutChunks<T>(items: Iterable<T>, textOf: (item: T) => string, limits: ChunkLimits): Generator<T[]> {
  let chunk: T[] = []
  let length = 0
  for (const item of items) {
    const itemLength = textOf(item).length
    if (chunk.length > 0 && (chunk.length >= limits.maxTexts || length + itemLength > limits.maxLength)) {
      yield chunk
      chunk = []
      length = 0
    }
    chunk.push(item)
    length += itemLength
  }
  if (chunk.length > 0) yield chunk
}

/** The same over a stream of lists: a chunk may take items from several lists, and the last one may be short. Ends once the signal is aborted. */
export async function* cutChunkStream<T>(
  source: AsyncIterable<readonly T[]>,
  textOf: (item: T) => string,
  limits: ChunkLimits,
  signal?: AbortSignal,
): AsyncGenerator<T[]> {
  let rest: T[] = []
  for await (const items of source) {
    const chunks = [...cutChunks([...rest, ...items], textOf, limits)]
    rest = chunks.pop() ?? []
    for (const chunk of chunks) {
      if (signal?.aborted === true) return
      yield chunk
    }
  }
  if (rest.length > 0 && signal?.aborted !== true) yield rest
}
