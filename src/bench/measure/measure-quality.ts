import type { EncoderSpec } from '../../encoders/open-encoder.js'
import { optionError } from '../../errors.js'
import { readDocuments } from '../../inputs/read-documents.js'
import { planCollection } from '../../pipeline/collection/collection-plan.js'
import { ingest } from '../../pipeline/runs/ingest.js'
import { readBeirDataset } from '../../pipeline/search/beir.js'
import { evaluate } from '../../pipeline/search/evaluate.js'
import type { EvaluationMethod } from '../../pipeline/search/evaluation-methods.js'
import { EncoderPool } from '../../pool/encoder-pool.js'
import { MemoryStore } from '../../stores/memory.js'
import { type Measurement, type MeasureRequest, rateOfTexts } from './measurement.js'

const METHODS: readonly EvaluationMethod[] = ['dense', 'bm25', 'late', 'default']

/** The whole corpus embedded into memory and every question searched: nDCG@10 beside the speed of the ingest. */
export async function measureQuality(request: MeasureRequest, spec: EncoderSpec): Promise<Measurement> {
  if (request.dataset === undefined) {
    throw optionError('Retrieval quality needs questions with judgements: a BEIR directory.')
  }
  const dataset = await readBeirDataset(request.dataset)
  const plan = await planCollection(spec)
  const store = new MemoryStore()
  await using pool = await EncoderPool.create({ workers: request.workers })
  const opened = { store, collection: 'quality', plan, encoder: pool.encoder(plan.spec) }
  const summary = await ingest(readDocuments([dataset.corpus]), opened)
  const { methods: results, confidence } = await evaluate(dataset, opened, METHODS)
  const found = rateOfTexts(summary.documents, summary.seconds, summary.tokens, {
    queries: dataset.queries.length,
    confidence,
    'nDCG@10': Object.fromEntries(Object.entries(results).map(([method, result]) => [method, result['nDCG@10']])),
  })
  await store.close()
  return found
}
