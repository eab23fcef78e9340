import { StoreError } from '../../../errors.js'
import { parseExactJson } from '../../../inputs/json/exact-json.js'
import { asObject, type JsonObject } from '../../../options.js'
import type { ServerAnswer } from './transport.js'

/** Longest piece of a server's text in a message. */
const MAX_TEXT = 500

/**
 * The `result` of a successful answer.
 * @throws StoreError what {@link toAnswerError} makes of any other answer
 */
export function readResult<T>(answer: ServerAnswer, location: string): T {
  if (answer.status < 200 || answer.status > 299) throw toAnswerError(answer, location)
  const body = parseObject(answer.text)
  if (body === null || !('result' in body)) {
    throw new StoreError(
      'STORE_FAILED',
      `${location}: expected JSON with a result, got "${answer.text.slice(0, 80)}". Is this a Qdrant server?`,
    )
  }
  return body.result as T
}

/** The server's own words: `status.error` of Qdrant's JSON, or the text itself (401 and 403 are plain text; a proxy's page is not quoted). */
export function readErrorText(answer: ServerAnswer): string {
  const status = parseObject(answer.text)?.status
  const error = asObject(status)?.error
  if (typeof error === 'string') return error.slice(0, MAX_TEXT)
  return /^\s*[<{]/.test(answer.text) ? '' : answer.text.trim().slice(0, MAX_TEXT)
}

/** The error that an answer other than 2xx stands for: expected, got, what to do. */
export function toAnswerError(answer: ServerAnswer, location: string): StoreError {
  const { status } = answer
  const text = readErrorText(answer)
  const said = `${location} answered ${status}${text === '' ? '' : `: ${text}`}`
  const make = (code: string, advice = '') => new StoreError(code, `${said.replace(/\.?$/, '.')}${advice}`, { status })
  if (status === 401) return make('STORE_UNAUTHORIZED', ' Set QDRANT_API_KEY or a key file.')
  if (status === 403) return make('STORE_FORBIDDEN', ' The API key does not allow this; use one with write access.')
  if (status === 404 && /collection/i.test(text)) return make('COLLECTION_MISSING')
  if (status === 404) return make('NOT_FOUND')
  if (status === 409) return make('COLLECTION_EXISTS')
  if (status === 408) return make('STORE_TIMEOUT')
  if (status === 429) return make('STORE_BUSY', ' Send less at once, or raise the rate limit of strict mode.')
  if (status >= 500) return make('STORE_FAILED')
  if (status >= 300 && status < 400) return make('REQUEST_REFUSED', ' Redirects are not followed: give the final URL.')
  return make('REQUEST_REFUSED')
}

function parseObject(text: string): JsonObject | null {
  try {
    return asObject(parseExactJson(text))
  } catch {
    return null
  }
}
