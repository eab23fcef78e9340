import { workerData } from 'node:worker_threads'
import { joinExitGuard } from '../src/onnx/exit-guard.js'
import type { WorkerReply, WorkerTask } from '../src/pool/encode-task.js'
import type { ThreadData } from '../src/pool/thread-runner.js'

joinExitGuard((workerData as ThreadData).exitGuard)

/** Loaded here and not above: what is wrong with a file is then the failure of the first task, in its own words. */
const loading = import('../src/pool/encode-task.js')
loading.catch(() => {})

/** Thread entry point of the encoder pool: one task in, one reply out. */
export default async function encode(task: WorkerTask): Promise<WorkerReply> {
  const { doTask, moveReply } = await loading
  return moveReply(await doTask(task))
}
