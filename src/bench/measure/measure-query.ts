import { join } from 'node:path'
import { type EncoderSpec, openEncoder } from '../../encoders/open-encoder.js'
import { readDocuments } from '../../inputs/read-documents.js'
import { planCollection } from '../../pipeline/collection/collection-plan.js'
import { ingest } from '../../pipeline/runs/ingest.js'
import { search } from '../../pipeline/search/search.js'
import { EncoderPool } from '../../pool/encoder-pool.js'
import { openStore } from '../../stores/open-store.js'
import { type Measurement, type MeasureRequest, peakRssBytes } from './measurement.js'
import { readTexts } from './read-texts.js'
import { quantile } from './statistics.js'

const WARM_UP_QUERIES = 10

/** One hybrid search after another on a local store, encoding of the query included; filling the store is not timed. */
export async function measureQuery(request: MeasureRequest, spec: EncoderSpec): Promise<Measurement> {
  const plan = await planCollection(spec)
  const store = await openStore({ kind: 'local', path: join(request.scratch, 'store') })
  const encoder = await openEncoder({ ...plan.spec, threads: request.workers })
  const opened = { store, collection: 'query', plan, encoder }
  try {
    const pool = await EncoderPool.create({ workers: request.workers })
    await ingest(readDocuments([request.documents]), { ...opened, encoder: pool.encoder(plan.spec) })
    // its threads must not compete with the queries
    await pool.close()

    const queries = await readTexts(request.queries)
    for (const query of queries.slice(0, WARM_UP_QUERIES)) await search(opened, query)
    const times: number[] = []
    let hits = 0
    const started = performance.now()
    for (const query of queries) {
      const begin = performance.now()
      hits += (await search(opened, query)).length
      times.push(performance.now() - begin)
    }
    const seconds = (performance.now() - started) / 1000
    const encodeTimes: number[] = []
    for (const query of queries) {
      const begin = performance.now()
      await encoder.encode([query], 'query')
      encodeTimes.push(performance.now() - begin)
    }
    return {
      value: quantile(times, 0.5),
      seconds,
      texts: queries.length,
      tokens: null,
      peakRssBytes: peakRssBytes(),
      details: {
        points: await store.count(opened.collection),
        hits,
        p50Ms: quantile(times, 0.5),
        p99Ms: quantile(times, 0.99),
        maxMs: quantile(times, 1),
        encodeP50Ms: quantile(encodeTimes, 0.5),
      },
    }
  } finally {
    await encoder.close()
    await store.close()
  }
}
