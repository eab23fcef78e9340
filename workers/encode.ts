import { workerData } from 'node:worker_threads'
import { joinExitGuard } from '../src/onnx/exit-guard.js'
import { doTask, moveReply, type WorkerReply, type WorkerTask } from '../src/pool/encode-task.js'
import type { ThreadData } from '../src/pool/thread-runner.js'

joinExitGuard((workerData as ThreadData).exitGuard)

/** Thread entry point of the encoder pool: one task in, one reply out. */
export default async function encode(task: WorkerTask): Promise<WorkerReply> {
  return moveReply(await doTask(task))
}
