import { Worker } from 'node:worker_threads'
import { doProofTask, type ProofTask } from '../src/encoders/models/proof-task.js'

/** Ends the process once it takes more memory than it may, or its program is gone: the main thread may be deep in native code then. */
const WATCHDOG = `
const { parentPort } = require('node:worker_threads')
const parent = process.ppid
let memoryBytes = Number.POSITIVE_INFINITY
parentPort.on('message', (bytes) => { memoryBytes = bytes })
setInterval(() => {
  if (process.memoryUsage.rss() > memoryBytes || process.ppid !== parent) process.kill(process.pid, 'SIGKILL')
}, 50)`

const watchdog = new Worker(WATCHDOG, { eval: true })
watchdog.unref()

/** Process entry point for models that nobody has proved yet: one task in, one reply out. */
process.on('message', async (task: ProofTask) => {
  watchdog.postMessage(task.memoryBytes)
  const reply = await doProofTask(task)
  if (process.connected) process.send!(reply)
})
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))

// Ctrl-C goes to every process of a terminal; who started this one decides when it ends
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {})
