import type { RequestFailure } from './request-refusal.js'
import type { Dialect } from './route-table.js'
import { type Answer, jsonAnswer } from './send-answer.js'

/** The answer to a request that failed, in the form that callers of its API expect. */
export function failureAnswer(dialect: Dialect, failure: RequestFailure): Answer {
  const { code, message, headers } = failure
  // the others take a model that is not there for a body that is wrong
  const status = code === 'UNKNOWN_MODEL' && MODEL_IS_A_PLACE.includes(dialect) ? 404 : failure.status
  const answer = (body: object) => jsonAnswer(body, status, headers)
  if (dialect === 'openai') return answer(openAiError({ ...failure, status }))
  if (dialect === 'cohere') return answer({ message })
  if (dialect === 'ollama') return answer({ error: message })
  if (dialect === 'tei') return answer({ error: message, error_type: teiErrorType(status) })
  return answer({ error: message, code })
}

const MODEL_IS_A_PLACE: readonly Dialect[] = ['openai', 'cohere', 'ollama']

/** @see https://platform.openai.com/docs/guides/error-codes */
function openAiError({ status, code, message }: RequestFailure): object {
  const type = status === 429 ? 'rate_limit_error' : status >= 500 ? 'server_error' : 'invalid_request_error'
  const names: Readonly<Record<string, string>> = {
    UNKNOWN_MODEL: 'model_not_found',
    TOKEN_REFUSED: 'invalid_api_key',
    OVERLOADED: 'rate_limit_exceeded',
  }
  return { error: { message, type, param: null, code: names[code] ?? code.toLowerCase() } }
}

/** @see https://github.com/huggingface/text-embeddings-inference `ErrorType` */
function teiErrorType(status: number): string {
  if (status === 429) return 'Overloaded'
  if (status === 503) return 'Unhealthy'
  return status >= 500 || status === 424 ? 'Backend' : 'Validation'
}
