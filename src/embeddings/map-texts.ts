import { setImmediate } from 'node:timers/promises'
import { throwIfStopped } from '../encoders/encoder.js'
import { InputError } from '../errors.js'
import { abortable } from './abortable.js'

/** Texts to embed: one, a list, or a stream. */
export type Texts = string | Iterable<string> | AsyncIterable<string>

/** How long this thread works before the event loop gets a turn, in which a signal can be aborted. */
const TURN_MS = 10

/**
 * What a function of this thread makes of each text, in order.
 * @throws InputError `INVALID_DOCUMENT`; WorkerError `CANCELLED`
 */
export async function* mapTexts<T>(
  texts: Texts,
  of: (text: string) => T,
  signal: AbortSignal = new AbortController().signal,
): AsyncGenerator<T, void, undefined> {
  let index = 0
  let began = performance.now()
  for await (const text of streamOf(texts, signal)) {
    if (typeof text !== 'string') throw notAString(index, text)
    index++
    yield of(text)
    if (performance.now() - began < TURN_MS) continue
    await setImmediate()
    throwIfStopped({ signal })
    began = performance.now()
  }
}

/** Texts, or what a caller without types gave in their place, until the signal is aborted. */
export function streamOf(texts: Texts, signal: AbortSignal): AsyncGenerator<unknown> {
  return abortable<unknown>(typeof texts === 'string' ? [texts] : texts, signal)
}

/** @throws InputError `INVALID_DOCUMENT` unless it is a text or can be iterated */
export function requireTextsOrStream(where: string, texts: unknown): void {
  const isIterable =
    typeof texts === 'string' ||
    (typeof texts === 'object' && texts !== null && (Symbol.iterator in texts || Symbol.asyncIterator in texts))
  if (isIterable) return
  const found = texts === null ? 'null' : typeof texts
  throw new InputError('INVALID_DOCUMENT', `${where}: expected a text or an iterable of texts, got ${found}.`)
}

/** The error of a text that is none. */
export function notAString(index: number, value: unknown): InputError {
  const found = value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value
  return new InputError('INVALID_DOCUMENT', `Text ${index}: expected a string, got ${found}.`)
}
