import type { EncodedBatch } from '../../encoders/encoder.js'
import type { EncoderSpec } from '../../encoders/open-encoder.js'
import { cutPieces } from '../../pool/cut-pieces.js'
import { EncoderPool } from '../../pool/encoder-pool.js'
import { mapOrdered } from '../../pool/map-ordered.js'
import { type Measurement, type MeasureRequest, rateOfTexts } from './measurement.js'
import { readTexts } from './read-texts.js'
import { VectorSample } from './vector-sample.js'
import { warmUp } from './warm-up.js'

/** Texts to vectors by the worker pool, as `embed` and `ingest` do it: pieces in, batches out, nothing kept but a sample. */
export async function measureEncode(request: MeasureRequest, spec: EncoderSpec): Promise<Measurement> {
  const texts = await readTexts(request.documents)
  await using pool = await EncoderPool.create({ workers: request.workers })
  const encoder = pool.encoder(spec)
  await warmUp(encoder, texts)

  const sample = new VectorSample()
  let tokens = 0
  const started = performance.now()
  const encode = (piece: readonly string[]): Promise<EncodedBatch> => encoder.encodePiece(piece, 'document')
  for await (const batch of mapOrdered(
    cutPieces(texts, (text) => text, encoder.pieceLimits),
    encoder.concurrency,
    encode,
  )) {
    for (const count of batch.tokens) tokens += count
    sample.add(batch)
  }
  const seconds = (performance.now() - started) / 1000
  const hasTokens = spec.dense !== undefined || spec.late !== undefined
  const found = rateOfTexts(texts.length, seconds, hasTokens ? tokens : null, { checksum: sample.checksum })
  if (request.vectorsPrefix !== undefined) await sample.write(request.vectorsPrefix)
  return found
}
