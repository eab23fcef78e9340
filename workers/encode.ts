import { doTask, moveReply, type WorkerReply, type WorkerTask } from '../src/pool/encode-task.js'

/** Thread entry point of the encoder pool: one task in, one reply out. */
export default async function encode(task: WorkerTask): Promise<WorkerReply> {
  return moveReply(await doTask(task))
}
