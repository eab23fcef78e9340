import { setImmediate } from 'node:timers/promises'
import { throwIfStopped } from '../encoders/encoder.js'
import { InputError } from '../errors.js'
import { isIterable } from '../options.js'
import { abortable } from './abortable.js'

/** Texts to embed: one, a list, or a stream. */
export type Texts = string | Iterable<string> | AsyncIterable<string>

/** How long this thread works before the event loop gets a turn, in which a signal can be aborted. */
const TURN_MS = 10

/**
 * What a function of this thread makes of each text, in order.
 * @throws InputError `INVALID_DOCUMENT`; WorkerError `CANCELLED`
 */
export function mapTexts<T>(
  texts: Texts,
  of: (text: string) => T,
  signal?: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  const ofText = (text: unknown, index: number) => {
    if (typeof text !== 'string') throw notAString(index, text)
    return of(text)
  }
  return mapInTurns<unknown, T>(typeof texts === 'string' ? [texts] : texts, ofText, signal)
}

/**
 * What a function of this thread makes of each item, in order; the event loop gets a turn now and then.
 * @throws WorkerError `CANCELLED`; what the function throws
 */
export async function* mapInTurns<T, U>(
  items: Iterable<T> | AsyncIterable<T>,
  of: (item: T, index: number) => U,
  signal: AbortSignal = new AbortController().signal,
): AsyncGenerator<U, void, undefined> {
  let index = 0
  let began = performance.now()
  for await (const item of abortable(items, signal)) {
    yield of(item, index++)
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
  if (typeof texts === 'string' || isIterable(texts)) return
  const found = texts === null ? 'null' : typeof texts
  throw new InputError('INVALID_DOCUMENT', `${where}: expected a text or an iterable of texts, got ${found}.`)
}

/** The error of a text that is none. */
export function notAString(index: number, value: unknown): InputError {
  const found = value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value
  return new InputError('INVALID_DOCUMENT', `Text ${index}: expected a string, got ${found}.`)
}
