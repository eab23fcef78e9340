import { InputError } from '../../errors.js'
import { vectorJson } from '../../vectors/vector-json.js'
import type { Handler } from '../http/http-service.js'
import { jsonAnswer, jsonPieces } from '../http/send-answer.js'
import type { EmbeddedText, TextService } from '../models/text-service.js'
import {
  bodyChoice,
  bodyObject,
  bodyString,
  bodyStrings,
  invalidRequest,
  rejectUnknownBodyFields,
} from './body-fields.js'

const FIELDS = ['input', 'model', 'encoding_format', 'dimensions', 'user', 'input_type']

/**
 * `POST /v1/embeddings`: dense vectors, as OpenAI's API has them. `input_type` goes beyond it: `query` or `passage`, for models that were
 * trained with a prompt for one side or the other; without it there is none.
 * @see https://platform.openai.com/docs/api-reference/embeddings
 */
export function embeddingsRoute(service: TextService): Handler {
  return async (call) => {
    const body = bodyObject(await call.json(), 'The request')
    rejectUnknownBodyFields(body, FIELDS)
    const model = bodyString(body.model, 'model')
    const format = bodyChoice(body, 'encoding_format', ['float', 'base64'], 'float')
    const side = bodyChoice(body, 'input_type', ['passage', 'query'], 'passage') === 'query' ? 'query' : 'document'
    // hardly any client says it: what is short is then answered first
    const urgency = (body.input_type ?? null) === null ? 'if-short' : side === 'query'
    const dimensions = (body.dimensions ?? undefined) as number | undefined
    const { entry } = await service.catalog.resolve({ model, text: '', options: {} })
    if (entry.kind !== 'dense') {
      throw new InputError(
        'WRONG_MODEL_KIND',
        `Expected a dense model, got ${entry.name}, which is a ${entry.kind} model: POST /infer has its vectors.`,
      )
    }
    // a text that is on no side has no prompt
    const options = (body.input_type ?? null) === null ? { prompts: 'none' } : {}
    const texts = readTexts(body.input).map((text) => ({ text, model, options, dimensions }))
    const embedded = await service.embed(texts, side, call, urgency)
    return jsonPieces(writeEmbeddings(embedded, entry.name, format))
  }
}

/** `GET /v1/models`: every model at hand, with what one must know of its vectors. */
export function modelsRoute(service: TextService): Handler {
  const created = Math.floor(Date.now() / 1000)
  return async () => {
    const data = (await service.catalog.list()).map(({ name, kind, dimension, maxTokens, licence }) => ({
      ...{ id: name, object: 'model', created, owned_by: name.includes('/') ? name.slice(0, name.indexOf('/')) : '' },
      ...{ kind, dimension, max_tokens: maxTokens, licence },
    }))
    return jsonAnswer({ object: 'list', data })
  }
}

function readTexts(input: unknown): string[] {
  if (typeof input === 'string') return [input]
  if (Array.isArray(input) && (typeof input[0] === 'number' || Array.isArray(input[0]))) {
    throw invalidRequest('input: expected texts, got token ids, which are those of another tokenizer')
  }
  const texts = bodyStrings(input, 'input')
  if (texts.length === 0) throw invalidRequest('input: expected at least one text, got none')
  return texts
}

function* writeEmbeddings(
  embedded: readonly EmbeddedText[],
  model: string,
  format: 'float' | 'base64',
): Generator<string> {
  let tokens = 0
  yield '{"object":"list","data":['
  for (const [index, each] of embedded.entries()) {
    tokens += each.tokens
    yield `${index === 0 ? '' : ','}{"object":"embedding","index":${index},"embedding":`
    if (format === 'float') yield vectorJson(each.vector)
    else yield `"${toBase64(each.vector as Float32Array)}"`
    yield '}'
  }
  const usage = { prompt_tokens: tokens, total_tokens: tokens }
  yield `],"model":${JSON.stringify(model)},"usage":${JSON.stringify(usage)}}`
}

/** The bytes of the float32 values, little endian as every machine that runs this has them. */
function toBase64({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64')
}
