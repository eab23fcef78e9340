import type { RequestFailure } from './request-refusal.js'
import { type Answer, jsonAnswer } from './send-answer.js'

/** The answer to a request that failed, in the form that callers of its path expect. */
export function failureAnswer(path: string, failure: RequestFailure): Answer {
  const { code, message, headers } = failure
  if (path.startsWith('/v1/')) return openAiAnswer(failure)
  if (path === '/rerank')
    return jsonAnswer({ error: message, error_type: rerankType(failure) }, failure.status, headers)
  return jsonAnswer({ error: message, code }, failure.status, headers)
}

/** @see https://platform.openai.com/docs/guides/error-codes */
function openAiAnswer({ status: given, code, message, headers }: RequestFailure): Answer {
  const status = code === 'UNKNOWN_MODEL' ? 404 : given
  const type = status === 429 ? 'rate_limit_error' : status >= 500 ? 'server_error' : 'invalid_request_error'
  const names: Readonly<Record<string, string>> = {
    UNKNOWN_MODEL: 'model_not_found',
    TOKEN_REFUSED: 'invalid_api_key',
    OVERLOADED: 'rate_limit_exceeded',
  }
  return jsonAnswer({ error: { message, type, param: null, code: names[code] ?? code.toLowerCase() } }, status, headers)
}

function rerankType({ status }: RequestFailure): string {
  if (status === 429) return 'Overloaded'
  return status >= 500 ? 'Backend' : 'Validation'
}
