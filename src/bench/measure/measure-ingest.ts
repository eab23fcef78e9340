import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { EncoderSpec } from '../../encoders/open-encoder.js'
import { optionError } from '../../errors.js'
import { readDocuments } from '../../inputs/read-documents.js'
import { planCollection } from '../../pipeline/collection/collection-plan.js'
import { ingest } from '../../pipeline/runs/ingest.js'
import { EncoderPool } from '../../pool/encoder-pool.js'
import { MemoryStore } from '../../stores/memory.js'
import { openStore } from '../../stores/open-store.js'
import type { Store } from '../../stores/store.js'
import type { StoreKind } from '../row.js'
import { type Measurement, type MeasureRequest, rateOfTexts } from './measurement.js'
import { readTexts } from './read-texts.js'
import { warmUp } from './warm-up.js'

/** Documents from a file to stored points: reading, encoding and storing together, as `offgrid ingest` does it. */
export async function measureIngest(request: MeasureRequest, kind: StoreKind, spec: EncoderSpec): Promise<Measurement> {
  const plan = await planCollection(spec)
  const collection = `offgrid-bench-${randomUUID()}`
  const store = await openBenchStore(kind, request.scratch)
  try {
    await using pool = await EncoderPool.create({ workers: request.workers })
    const encoder = pool.encoder(plan.spec)
    await warmUp(encoder, await readTexts(request.documents))
    const started = performance.now()
    const summary = await ingest(readDocuments([request.documents]), { store, collection, plan, encoder })
    const seconds = (performance.now() - started) / 1000
    const { documents, tokens, failed, truncated } = summary
    return rateOfTexts(documents, seconds, tokens, { points: await store.count(collection), failed, truncated })
  } finally {
    // a server outlives this process: nothing may stay behind on it
    if (kind === 'qdrant') await store.deleteCollection(collection)
    await store.close()
  }
}

/** @throws InputError `INVALID_OPTION` for qdrant without QDRANT_URL */
async function openBenchStore(kind: StoreKind, scratch: string): Promise<Store> {
  if (kind === 'memory') return new MemoryStore()
  if (kind === 'local') return openStore({ kind: 'local', path: join(scratch, 'store') })
  const { QDRANT_URL: url, QDRANT_API_KEY: apiKey } = process.env
  if (url === undefined || url === '') {
    throw optionError('Ingesting into qdrant needs QDRANT_URL to be set.')
  }
  return openStore({ kind: 'qdrant', url, ...(apiKey !== undefined && apiKey !== '' && { apiKey }) })
}
