/**
 * A stream that ends when a signal is aborted, also while nothing comes: a pipe whose writer is idle must not keep a command from stopping.
 * What the stream was waiting for is left alone then.
 */
export async function* untilAborted<T>(stream: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const aborted = new Promise<null>((resolve) => {
    if (signal.aborted) resolve(null)
    else signal.addEventListener('abort', () => resolve(null), { once: true })
  })
  const iterator = stream[Symbol.asyncIterator]()
  let isWaiting = false
  try {
    while (!signal.aborted) {
      isWaiting = true
      const next = await Promise.race([iterator.next(), aborted])
      if (next === null) return
      isWaiting = false
      if (next.done === true) return
      yield next.value
    }
  } finally {
    // a stream that waits would only return when something has come
    if (!isWaiting) await iterator.return?.()
  }
}
