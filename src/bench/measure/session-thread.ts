import { parentPort, workerData } from 'node:worker_threads'
import type { Precision } from '../../graph/precision.js'
import { joinExitGuard } from '../../onnx/exit-guard.js'
import { type BareRuns, RUN_FIELDS } from './bare-runs.js'
import { openBareSession } from './open-bare-session.js'

export interface SessionThreadData extends BareRuns {
  readonly precision: Precision
  readonly exitGuard: SharedArrayBuffer
  /** One int32: the next piece that nobody has taken. */
  readonly next: Int32Array
}

const WARM_UP_RUNS = 8

const { precision, exitGuard, inputIds, runs, pieces, next } = workerData as SessionThreadData
joinExitGuard(exitGuard)
const session = await openBareSession(precision)

async function runAt(run: number): Promise<number> {
  const at = run * RUN_FIELDS
  const begin = runs[at]!
  const texts = runs[at + 1]!
  const length = runs[at + 2]!
  // a copy, because a tensor takes no shared memory; it is part of what the pipeline does too
  const outputs = await session.run(inputIds.slice(begin, begin + texts * length), texts, length)
  return outputs.sentence_embedding!.values[0]!
}

for (let run = 0; run < Math.min(WARM_UP_RUNS, runs.length / RUN_FIELDS); run++) await runAt(run)
parentPort!.once('message', async () => {
  let checksum = 0
  for (let piece = Atomics.add(next, 0, 1); piece < pieces.length - 1; piece = Atomics.add(next, 0, 1)) {
    for (let run = pieces[piece]!; run < pieces[piece + 1]!; run++) checksum += await runAt(run)
  }
  parentPort!.postMessage({ checksum })
  await session.release()
})
parentPort!.postMessage('ready')
