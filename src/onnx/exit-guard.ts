import { isMainThread } from 'node:worker_threads'
import { WorkerError } from '../errors.js'

/**
 * Ending a thread inside native code aborts the whole process (SIGABRT and a core dump), and a process that exits ends its threads. So a thread says
 * when it is in there, and an exiting process waits until nobody is, while nobody goes in any more.
 */

/** Places of the shared int32s: not 0 once the process exits; how many threads are in native code. */
const LEAVING = 0
const INSIDE = 1

/**
 * Longest time that an exit waits, in milliseconds. A run takes 200 ms at most as a rule; a large model that is being opened, or one long text
 * of a large model on a busy machine, takes some seconds.
 */
const EXIT_TIMEOUT_MS = 10_000

/** Of the thread, and not of this module, which a loader such as tsx may run twice in one thread, as may two copies of the package. */
const GUARD = Symbol.for('offgrid.exit-guard.1')
const thread = globalThis as { [GUARD]?: Int32Array }

/**
 * The memory by which this process's threads and its exit know of each other; to be given to each thread that runs models, which joins with
 * {@link joinExitGuard}. From then on an exit (`process.exit`, an error that nobody caught, the end of the program) waits for native code.
 */
export function startExitGuard(): SharedArrayBuffer {
  let guard = thread[GUARD]
  if (guard === undefined) {
    const shared = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT))
    // in front of other listeners, one of which may call process.exit() and so end the round
    process.prependListener('exit', () => waitForNativeCode(shared))
    guard = shared
    thread[GUARD] = shared
  }
  return guard.buffer as SharedArrayBuffer
}

/** Makes this thread one whose native code an exit waits for. */
export function joinExitGuard(shared: SharedArrayBuffer): void {
  thread[GUARD] = new Int32Array(shared)
}

/**
 * Refuses native code in a thread that somebody else may end at any time (`worker.terminate()` tells nobody).
 * @throws WorkerError `THREAD_NOT_GUARDED`
 */
export function requireGuardedThread(): void {
  if (isMainThread || thread[GUARD] !== undefined) return
  throw new WorkerError(
    'THREAD_NOT_GUARDED',
    'A model cannot be run in a worker thread of yours: ending the thread in the middle would abort the whole process. ' +
      'Use TextEmbedding and its siblings, or an EncoderPool, which work in processes of their own there; or call this in the main thread.',
  )
}

/** Calls what enters native code: not once the process exits, which in turn waits for its end. */
export async function inNativeCode<T>(call: () => Promise<T>): Promise<T> {
  // nothing ends the main thread from outside, and what it calls is done before it can exit
  const guard = thread[GUARD]
  if (isMainThread || guard === undefined) return call()
  enter(guard)
  try {
    return await call()
  } finally {
    leave(guard)
  }
}

function enter(shared: Int32Array): void {
  Atomics.add(shared, INSIDE, 1)
  while (Atomics.load(shared, LEAVING) !== 0) {
    leave(shared)
    // the thread is ended here, together with the process
    Atomics.wait(shared, LEAVING, 1)
    Atomics.add(shared, INSIDE, 1)
  }
}

function leave(shared: Int32Array): void {
  Atomics.sub(shared, INSIDE, 1)
  Atomics.notify(shared, INSIDE)
}

function waitForNativeCode(shared: Int32Array): void {
  Atomics.store(shared, LEAVING, 1)
  // there is another turn only where somebody emitted the event and the process goes on
  setImmediate(() => {
    Atomics.store(shared, LEAVING, 0)
    Atomics.notify(shared, LEAVING)
  }).unref()
  const deadline = performance.now() + EXIT_TIMEOUT_MS
  for (let inside = Atomics.load(shared, INSIDE); inside > 0; inside = Atomics.load(shared, INSIDE)) {
    const left = deadline - performance.now()
    if (left <= 0 || Atomics.wait(shared, INSIDE, inside, left) === 'timed-out') return
  }
}
