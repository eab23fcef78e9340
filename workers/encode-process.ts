import { doTask, type Work } from '../src/pool/encode-task.js'

/** One int32 that ends the task under way; a pool that is gone takes no reply. */
const stop = new SharedArrayBuffer(4)

/**
 * Process entry point of the encoder pool: one task in, one reply out. It ends by itself when the pool lets go of it, or its program is gone: then
 * nothing is left to wait for.
 */
process.on('message', async (work: Work) => {
  const reply = await doTask({ ...work, stop })
  if (process.connected) process.send!(reply)
})
process.on('disconnect', () => Atomics.store(new Int32Array(stop), 0, 1))

// Ctrl-C goes to every process of a terminal, and `timeout` and systemd tell every process of a group; the pool decides when this one ends.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {})
