import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { TimeSlices } from './time-slices.js'

/** What a request is answered. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** A text, or the pieces of one that is never whole in memory. */
  readonly body: string | Iterable<string>
}

/** Pieces are gathered to this length before they are sent, in characters. */
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
  let text = ''
  let isBegun = false
  const pieces = typeof body === 'string' ? [body] : body
  const slices = new TimeSlices()
  for (const piece of pieces) {
    // a reader on this machine takes everything at once, so that to wait for it gives nobody else a turn
    await slices.pause()
    text += piece
    if (typeof body === 'string' || text.length < SEND_LENGTH) continue
    if (response.destroyed) return
    if (!isBegun) response.writeHead(status, headers)
    isBegun = true
    if (!response.write(text)) await unlessStalled(response, 'drain', stallMs)
    text = ''
  }
  if (response.destroyed) return
  if (!isBegun) response.writeHead(status, { ...headers, 'content-length': String(Buffer.byteLength(text)) })
  response.end(text)
  await unlessStalled(response, 'finish', stallMs)
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
