import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { TimeSlices } from './time-slices.js'

/** What a request is answered. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** A text, or the pieces of one that is never whole in memory, as they are or in UTF-8. */
  readonly body: string | Iterable<string | Uint8Array>
}

/** What is sent at once, in characters or bytes. */
const SEND_LENGTH = 65_536

/** @returns an answer of JSON */
export function jsonAnswer(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Answer {
  return jsonPieces(JSON.stringify(value), status, headers)
}

/** @returns an answer of JSON that is written as it is sent */
export function jsonPieces(body: Answer['body'], status = 200, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, body, headers: { ...headers, 'content-type': 'application/json' } }
}

/**
 * Sends an answer no faster than its reader takes it; one who takes nothing for `stallMs` is hung up on.
 * Ends when all was handed to the system, or the connection is gone.
 */
export async function sendAnswer(
  response: ServerResponse,
  { status, headers, body }: Answer,
  stallMs: number,
): Promise<void> {
  const slices = new TimeSlices()
  let isBegun = false
  let last: string | Uint8Array | undefined
  for (const part of typeof body === 'string' ? [body] : partsOf(body)) {
    // a reader on this machine takes everything at once, so that to wait for it gives nobody else a turn
    await slices.pause()
    if (last !== undefined) {
      if (response.destroyed) return
      if (!isBegun) response.writeHead(status, headers)
      isBegun = true
      if (!response.write(last)) await unlessStalled(response, 'drain', stallMs)
    }
    last = part
  }
  if (response.destroyed) return
  if (!isBegun) response.writeHead(status, { ...headers, 'content-length': String(Buffer.byteLength(last ?? '')) })
  response.end(last)
  await unlessStalled(response, 'finish', stallMs)
}

/** Pieces, gathered or cut to what is sent at once. */
function* partsOf(pieces: Iterable<string | Uint8Array>): Generator<string | Uint8Array> {
  let text = ''
  for (const piece of pieces) {
    if (typeof piece === 'string') text += piece
    else if (piece.length < SEND_LENGTH) text += Buffer.from(piece).toString()
    else {
      if (text !== '') yield text
      text = ''
      for (let at = 0; at < piece.length; at += SEND_LENGTH) yield piece.subarray(at, at + SEND_LENGTH)
    }
    if (text.length < SEND_LENGTH) continue
    yield text
    text = ''
  }
  yield text
}

async function unlessStalled(response: ServerResponse, event: 'drain' | 'finish', stallMs: number): Promise<void> {
  if (response.destroyed || (event === 'finish' && response.writableFinished)) return
  const timer = setTimeout(() => response.destroy(), stallMs)
  const ended = new AbortController()
  try {
    const options = { signal: ended.signal }
    await Promise.race([once(response, event, options), once(response, 'close', options)])
  } catch {
    // an error of the connection: the response is closed
  } finally {
    clearTimeout(timer)
    ended.abort()
  }
}
