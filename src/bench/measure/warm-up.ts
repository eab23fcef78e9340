import type { PooledEncoder } from '../../pool/encoder-pool.js'

/** Texts of a warm-up task: a transformer spends its time in native code, BM25 in code that V8 has to compile first. */
const TRANSFORMER_TEXTS = 4
const BM25_TEXTS = 64
/** Several, so that every worker gets one. */
const WARM_UP_TASKS_PER_WORKER = 4

/** Has every worker of the pool load the model and run it, so that neither is timed. */
export async function warmUp(encoder: PooledEncoder, texts: readonly string[]): Promise<void> {
  const { dense, late } = encoder.spec
  const some = texts.slice(0, dense === undefined && late === undefined ? BM25_TEXTS : TRANSFORMER_TEXTS)
  const tasks = Array.from({ length: encoder.pool.workers * WARM_UP_TASKS_PER_WORKER }, () =>
    encoder.encodePiece(some, 'document'),
  )
  await Promise.all(tasks)
}
