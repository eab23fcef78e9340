import { doTask, type WorkerTask } from '../src/pool/encode-task.js'

/** Process entry point of the encoder pool: one task in, one reply out. It ends by itself when the pool lets go of it. */
process.on('message', async (task: WorkerTask) => {
  process.send!(await doTask(task))
})
// Ctrl-C goes to every process of a terminal; the pool decides when this one ends.
process.on('SIGINT', () => {})
