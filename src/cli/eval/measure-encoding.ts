import type { EncodedBatch } from '../../encoders/encoder.js'
import type { EncoderSpec } from '../../encoders/open-encoder.js'
import { readDocuments } from '../../inputs/read-documents.js'
import type { EncoderPool } from '../../pool/encoder-pool.js'

/** What it costs to have a search. */
export interface EncodingCost {
  /** Documents that all threads encode in a second, with every model that the search needs. */
  readonly textsPerSecond: number
  /** Bytes of a document's vectors as they are stored: float32, those of late interaction float16. Their mean. */
  readonly bytesPerPoint: number
}

/** Documents that are encoded to measure it: enough for every thread, and a second or two of a small model. */
const SAMPLE = 64

/** The first documents of a corpus, whose cost stands for that of all. */
export async function readFirstTexts(corpus: string): Promise<string[]> {
  const texts: string[] = []
  for await (const records of readDocuments([corpus])) {
    for (const record of records) if (record.kind === 'document') texts.push(record.document.text)
    if (texts.length >= SAMPLE) break
  }
  return texts.slice(0, SAMPLE)
}

/** Encodes a sample with the models of a search, once they are open. */
export async function measureEncoding(
  pool: EncoderPool,
  spec: EncoderSpec,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<EncodingCost> {
  await Promise.all(Array.from({ length: pool.workers }, () => pool.encodePiece(spec, texts.slice(0, 1), 'document')))
  const started = performance.now()
  const batch = await pool.encoder(spec).encode(texts, 'document', { signal })
  const seconds = (performance.now() - started) / 1000
  return { textsPerSecond: texts.length / seconds, bytesPerPoint: Math.round(bytesOf(batch) / texts.length) }
}

function bytesOf({ dense, sparse, late }: EncodedBatch): number {
  const float32 = Float32Array.BYTES_PER_ELEMENT
  return (
    (dense?.values.length ?? 0) * float32 +
    (sparse?.values.length ?? 0) * (Uint32Array.BYTES_PER_ELEMENT + float32) +
    (late?.values.length ?? 0) * (float32 / 2)
  )
}
