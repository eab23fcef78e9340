import { type EncoderSpec, openEncoder } from '../../encoders/open-encoder.js'
import { epochMs, type Measurement, type MeasureRequest, peakRssBytes } from './measurement.js'

/** From the moment the parent starts this process to the first vector, files in the page cache and the graph file built. */
export async function measureColdStart(request: MeasureRequest, spec: EncoderSpec): Promise<Measurement> {
  const encoder = await openEncoder({ ...spec, threads: request.workers })
  const { dense } = await encoder.encode(['What is relapsing polychondritis?'], 'query')
  const milliseconds = epochMs() - request.startedAtMs
  const peak = peakRssBytes()
  await encoder.close()
  return {
    value: milliseconds,
    seconds: milliseconds / 1000,
    texts: 1,
    tokens: null,
    peakRssBytes: peak,
    details: { checksum: dense?.values[0] ?? null, processStartMs: performance.timeOrigin - request.startedAtMs },
  }
}
