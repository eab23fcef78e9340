import type { RequestFailure } from '../http/request-refusal.js'
import { type Answer, jsonAnswer } from '../http/send-answer.js'

/**
 * The answer to a failed request as a Qdrant server gives it: `{ status: { error }, time }`, but for a token that is not right, which is told in
 * plain text. A body that is too large is 400 there, and not 413.
 */
export function qdrantFailure(_path: string, { status, code, message, headers }: RequestFailure): Answer {
  if (code === 'TOKEN_REFUSED') {
    const body = 'Must provide an API key or an Authorization bearer token'
    return { status, body, headers: { ...headers, 'content-type': 'text/plain; charset=utf-8' } }
  }
  const [shown, text] =
    status === 413
      ? [400, `Payload error: ${message}`]
      : status === 429
        ? [429, `Rate limiting exceeded: ${message}`]
        : [message.startsWith('Validation error') ? 422 : status, message]
  return jsonAnswer({ status: { error: text }, time: 0 }, shown, headers)
}
