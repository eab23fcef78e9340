import type { ProcessMessage, Work } from '../src/pool/encode-task.js'

/** One int32 that ends the task under way; a pool that is gone takes no reply. */
const stop = new SharedArrayBuffer(4)
const send = (message: ProcessMessage) => {
  if (process.connected) process.send!(message)
}
process.on('disconnect', () => Atomics.store(new Int32Array(stop), 0, 1))
// Ctrl-C goes to every process of a terminal, and `timeout` and systemd tell every process of a group; the pool decides when this one ends.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {})

/**
 * Process entry point of the encoder pool: one message when it has started or cannot, then one task in, one reply out. It ends by itself when the
 * pool lets go of it, or its program is gone: then nothing is left to wait for.
 */
try {
  const { doTask } = await import('../src/pool/encode-task.js')
  process.on('message', async (work: Work) => send(await doTask({ ...work, stop })))
  send({ op: 'started' })
} catch (error) {
  const { code, message, stack } = error as NodeJS.ErrnoException
  const failure: ProcessMessage = { op: 'failed', error: { code, message, stack } }
  if (process.connected) process.send!(failure, () => process.disconnect())
}
