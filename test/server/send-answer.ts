import type { ServerResponse } from 'node:http'
import type { Fault } from './faults.js'

/** Seconds that a busy server asks for. */
export const RETRY_AFTER_SECONDS = 2

/** Status and body of an error as the server words it. */
export function refusal(status: number, error: string) {
  return { status, body: { status: { error }, time: 0 } }
}

/** Answers that are no JSON. */
export function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(text)
}

export function sendError(
  response: ServerResponse,
  status: number,
  error: string,
  headers: Record<string, string> = {},
): void {
  response
    .writeHead(status, { 'content-type': 'application/json', ...headers })
    .end(JSON.stringify(refusal(status, error).body))
}

/** The answer of a fault with a status. */
export function sendFault(response: ServerResponse, fault: Extract<Fault, { kind: 'status' }>, now: number): void {
  const { status, retryAfter } = fault
  // Dates have whole seconds: rounded up, so that the date is never before the time meant.
  const date = new Date(Math.ceil(now / 1000 + RETRY_AFTER_SECONDS) * 1000).toUTCString()
  const header = { date, seconds: String(RETRY_AFTER_SECONDS), now: '0' }[retryAfter ?? 'now']
  const text =
    status === 429
      ? 'Rate limiting exceeded: Write rate limit exceeded, retry later'
      : 'Service internal error: no leader'
  sendError(response, status, text, retryAfter === undefined ? {} : { 'retry-after': header })
}
