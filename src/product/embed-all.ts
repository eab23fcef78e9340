import { EMBEDDING_OPTION_NAMES, requireSignal } from '../embeddings/embedding-options.js'
import type { Texts } from '../embeddings/map-texts.js'
import { sideOf } from '../embeddings/open-embedding.js'
import { type DenseEmbeddingOptions, TextEmbedding } from '../embeddings/text-embedding.js'
import { given, rejectUnknownOptions } from '../options.js'

/** What `embedAll` can be told: what `TextEmbedding.create` takes, and how the texts are embedded. */
export interface EmbedAllOptions extends Omit<DenseEmbeddingOptions<'float32'>, 'outputType' | 'lazyLoad'> {
  /** Which side of a search the texts are on. @default 'passage' */
  readonly as?: 'passage' | 'query'
  /** Cancels between two runs of the model: `CANCELLED` is thrown. */
  readonly signal?: AbortSignal
}

const EMBED_ALL_OPTIONS = [
  ...EMBEDDING_OPTION_NAMES.filter((name) => name !== 'lazyLoad'),
  ...(['pooling', 'normalize', 'dimensions', 'prefixes', 'task', 'as', 'signal'] as const),
]

/**
 * The dense vectors of texts, all at once and in their order; threads are started for it, and ended again. For a stream, or for more
 * than one call, `TextEmbedding.create()` keeps the model open.
 * @returns float32 [dimension] for each text, L2-normalized where the model is
 * @throws InputError `UNKNOWN_OPTION`, `INVALID_OPTION`, `INVALID_DOCUMENT`, `UNKNOWN_MODEL`, `WRONG_MODEL_KIND`
 * @throws ModelError `MODEL_FILE_MISSING`, …; WorkerError `CANCELLED`
 * @example
 * const [a, b] = await embedAll(['a cat', 'a kitten'])
 * console.log(a!.length, cosineSimilarity(a!, b!)) // 384, 0.78…
 */
export async function embedAll(texts: Texts, options: EmbedAllOptions = {}): Promise<Float32Array[]> {
  rejectUnknownOptions(options, EMBED_ALL_OPTIONS, 'embedAll')
  const { as, signal, ...model } = options
  const side = sideOf('embedAll', as)
  requireSignal('embedAll', signal)
  await using embedding = await TextEmbedding.create(model)
  const calling = given({ signal })
  if (side === 'query') return await embedding.queryEmbed(texts, calling)
  const vectors: Float32Array[] = []
  for await (const vector of embedding.embed(texts, calling)) vectors.push(vector)
  return vectors
}
