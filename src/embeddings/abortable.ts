import { throwIfStopped } from '../encoders/encoder.js'

/**
 * The same items, until the signal is aborted: then the iteration throws at once, also while the source is waited for.
 * @throws WorkerError `CANCELLED`
 */
export async function* abortable<T>(source: Iterable<T> | AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  if (!(Symbol.asyncIterator in source)) {
    for (const item of source) {
      throwIfStopped({ signal })
      yield item
    }
    return
  }
  const iterator = source[Symbol.asyncIterator]()
  let state: 'idle' | 'waiting' | 'ended' = 'idle'
  let wake = () => {}
  const onAbort = () => wake()
  signal.addEventListener('abort', onAbort)
  /** The source's answer, or null once aborted. Not Promise.race: that would hang one reaction for each item on a promise that stays. */
  const next = () =>
    new Promise<IteratorResult<T> | null>((resolve, reject) => {
      state = 'waiting'
      wake = () => resolve(null)
      // an iterator of a JavaScript caller may answer without a promise
      Promise.resolve(iterator.next()).then(
        (answer) => {
          state = answer.done === true ? 'ended' : 'idle'
          resolve(answer)
        },
        (error: unknown) => {
          state = 'ended'
          reject(error)
        },
      )
    })
  try {
    for (;;) {
      throwIfStopped({ signal })
      const answer = await next()
      if (answer?.done === true) return
      if (answer !== null) yield answer.value
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
    await endSource(iterator, state)
  }
}

/** A source that is waited for would end only when what it waits for has come: it is told, but nobody waits for it. */
async function endSource(iterator: AsyncIterator<unknown>, state: 'idle' | 'waiting' | 'ended'): Promise<void> {
  if (state === 'idle') await iterator.return?.()
  if (state === 'waiting') Promise.resolve(iterator.return?.()).catch(() => {})
}
