import { TextEmbedding } from '../../embeddings/text-embedding.js'
import type { EncoderSpec } from '../../encoders/open-encoder.js'
import { generateTexts } from './generate-texts.js'
import { type Measurement, type MeasureRequest, rateOfTexts } from './measurement.js'

/** Points of the memory curve. */
const SAMPLES = 20
const WARM_UP_TEXTS = 512
/** Seeds of the warm-up's and the measured texts: no text is in both. */
const WARM_UP_SEED = 1
const SEED = 2

/** A stream of generated short texts through `TextEmbedding.embed`: time and memory must not grow with their number. */
export async function measureGrowth(request: MeasureRequest, spec: EncoderSpec, count: number): Promise<Measurement> {
  await using embedding = await TextEmbedding.create({
    model: spec.dense!,
    precision: spec.precision ?? 'fp32',
    workers: request.workers,
  })
  let checksum = 0
  for await (const vector of embedding.embed(generateTexts(WARM_UP_TEXTS, WARM_UP_SEED))) checksum += vector[0]!

  const step = Math.max(1, Math.floor(count / SAMPLES))
  const curve: { texts: number; seconds: number; rssBytes: number }[] = []
  let texts = 0
  const started = performance.now()
  for await (const vector of embedding.embed(generateTexts(count, SEED))) {
    checksum += vector[0]!
    texts += 1
    if (texts % step === 0) {
      curve.push({ texts, seconds: (performance.now() - started) / 1000, rssBytes: process.memoryUsage.rss() })
    }
  }
  const seconds = (performance.now() - started) / 1000
  return rateOfTexts(texts, seconds, null, { checksum, microsecondsPerText: (seconds / texts) * 1e6, curve })
}
