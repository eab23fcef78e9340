import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { DEFAULT_MODELS } from '../../encoders/default-models.js'
import type { Precision } from '../../graph/precision.js'
import { startExitGuard } from '../../onnx/exit-guard.js'
import { openModel } from '../../onnx/model-files.js'
import { WordPieceTokenizer } from '../../tokenizers/wordpiece.js'
import { planBareRuns } from './bare-runs.js'
import { type Measurement, type MeasureRequest, rateOfTexts } from './measurement.js'
import { readTexts } from './read-texts.js'
import type { SessionThreadData } from './session-thread.js'

/**
 * Nothing but `session.run` on the runs that the pipeline makes, in as many threads: what remains to the dense row is the cost of
 * tokenizing, grouping, copying and crossing threads.
 */
export async function measureSession(request: MeasureRequest, precision: Precision): Promise<Measurement> {
  const texts = await readTexts(request.documents)
  const { folder, entry } = await openModel(DEFAULT_MODELS.dense)
  const tokenizer = await WordPieceTokenizer.open(folder)
  const plan = planBareRuns(texts, tokenizer, request.maxTokens ?? entry.maxTokens!)
  const next = new Int32Array(new SharedArrayBuffer(4))
  const data: SessionThreadData = { ...plan, precision, next, exitGuard: startExitGuard() }
  const threads = Array.from(
    { length: request.workers },
    () => new Worker(new URL('./session-thread.js', import.meta.url), { workerData: data }),
  )
  await Promise.all(threads.map((thread) => once(thread, 'message')))

  const started = performance.now()
  const ends = threads.map((thread) => once(thread, 'message') as Promise<[{ checksum: number }]>)
  for (const thread of threads) thread.postMessage('go')
  const results = await Promise.all(ends)
  const seconds = (performance.now() - started) / 1000
  const checksum = results.reduce((sum, [result]) => sum + result.checksum, 0)
  return rateOfTexts(texts.length, seconds, plan.tokens, { checksum })
}
