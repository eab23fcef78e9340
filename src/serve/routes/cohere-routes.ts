import { randomUUID } from 'node:crypto'
import { isObject, type JsonObject } from '../../options.js'
import { vectorJson } from '../../vectors/vector-json.js'
import type { Call } from '../http/route-table.js'
import { type Answer, jsonPieces } from '../http/send-answer.js'
import { type DenseAnswer, embedDense } from '../models/embed-dense.js'
import type { TextService } from '../models/text-service.js'
import { bodyObject, bodySome, bodyString, bodyTexts, invalidRequest, readBodyFields } from './body-fields.js'
import {
  type BodySchema,
  COUNT,
  type DocumentedRoute,
  IGNORED,
  type JsonSchema,
  listOf,
  objectOf,
  TEXT,
  TEXTS,
  TOKENS,
  VECTOR,
} from './documented-route.js'
import { readSide, SIDE_NAMES } from './input-side.js'
import { MAX_TEXTS } from './limits.js'
import { toBase64 } from './openai-routes.js'
import { readCut } from './read-cut.js'
import { writeList } from './write-list.js'

const TYPES = ['float', 'base64', 'binary', 'ubinary'] as const
type EmbeddingType = (typeof TYPES)[number]

const REQUEST: BodySchema = {
  properties: {
    model: TEXT,
    texts: TEXTS,
    inputs: listOf(objectOf({ content: listOf(objectOf({ type: { const: 'text' }, text: TEXT })) })),
    input_type: { enum: SIDE_NAMES },
    embedding_types: listOf({ enum: TYPES }),
    output_dimension: COUNT,
    max_tokens: COUNT,
    truncate: { enum: ['NONE', 'START', 'END'], default: 'END' },
    images: listOf(TEXT),
    priority: IGNORED,
  },
  required: ['model'],
}
const BITS = listOf(listOf({ type: 'integer' }))
const META: JsonSchema = objectOf({
  api_version: objectOf({ version: TEXT }),
  billed_units: objectOf({ input_tokens: TOKENS }),
})
const BY_TYPE: JsonSchema = objectOf({
  id: TEXT,
  response_type: { const: 'embeddings_by_type' },
  texts: TEXTS,
  embeddings: objectOf({ float: listOf(VECTOR), base64: TEXTS, binary: BITS, ubinary: BITS }, TYPES),
  meta: META,
})
const FLOATS: JsonSchema = objectOf({
  ...{ id: TEXT, response_type: { const: 'embeddings_floats' }, texts: TEXTS, embeddings: listOf(VECTOR), meta: META },
})

/**
 * Cohere's embeddings, of both its versions.
 * @see https://docs.cohere.com/reference/embed
 */
export function cohereRoutes(service: TextService): DocumentedRoute[] {
  const route = (version: '1' | '2'): DocumentedRoute => ({
    ...{ method: 'POST', path: `/v${version}/embed`, dialect: 'cohere', maxValues: MAX_TEXTS, request: REQUEST },
    answer: version === '1' ? { anyOf: [FLOATS, BY_TYPE] } : BY_TYPE,
    summary: `Cohere's embeddings, version ${version}, by a dense model`,
    handle: async (call) => await answerEmbed(service, version, await readBodyFields(call, REQUEST), call),
  })
  return [route('1'), route('2')]
}

async function answerEmbed(service: TextService, version: '1' | '2', body: JsonObject, call: Call): Promise<Answer> {
  const texts = readTexts(body)
  const types = readTypes(body.embedding_types)
  const answer = await embedDense(
    service,
    {
      ...{ texts, model: bodyString(body.model, 'model'), side: readSide(body.input_type, 'input_type') },
      dimensions: body.output_dimension as number | undefined,
      maxTokens: body.max_tokens as number | undefined,
      cut: readCut(body.truncate, 'truncate'),
    },
    call,
  )
  const isByType = version === '2' || types !== null
  return jsonPieces(writeAnswer(answer, texts, isByType ? (types ?? ['float']) : null, version))
}

function readTexts({ texts, inputs, images }: JsonObject): string[] {
  if (images !== undefined) throw invalidRequest('images: expected none: only texts are embedded here')
  if ((texts === undefined) === (inputs === undefined)) throw invalidRequest('Expected texts or inputs, one of them')
  if (texts !== undefined) return bodyTexts(texts, 'texts')
  if (!Array.isArray(inputs)) throw invalidRequest('inputs: expected a list of { content }')
  return inputs.map((input, i) => {
    const { content } = bodyObject(input, `inputs[${i}]`)
    if (!Array.isArray(content)) throw invalidRequest(`inputs[${i}].content: expected a list of { type: "text", text }`)
    const parts = content.map((part, j) => {
      if (isObject(part) && part.type === 'text') return bodyString(part.text, `inputs[${i}].content[${j}].text`)
      throw invalidRequest(`inputs[${i}].content[${j}]: expected type "text": only texts are embedded here`)
    })
    return parts.join('\n')
  })
}

/** @throws InputError `INVALID_REQUEST` for those that need a scale, which only Cohere's own models have */
function readTypes(value: unknown): EmbeddingType[] | null {
  return value === undefined ? null : bodySome(value, 'embedding_types', TYPES)
}

const WRITERS: Readonly<Record<EmbeddingType, (vector: Float32Array) => string>> = {
  float: vectorJson,
  base64: (vector) => `"${toBase64(vector)}"`,
  ubinary: (vector) => `[${signBits(vector).join()}]`,
  binary: (vector) => `[${Array.from(signBits(vector), (byte) => byte - 128).join()}]`,
}

function* writeAnswer(
  { embedded, tokens }: DenseAnswer,
  texts: readonly string[],
  types: readonly EmbeddingType[] | null,
  version: string,
): Generator<string> {
  const responseType = types === null ? 'embeddings_floats' : 'embeddings_by_type'
  yield `{"id":"${randomUUID()}","response_type":"${responseType}","embeddings":${types === null ? '' : '{'}`
  for (const [i, type] of (types ?? ['float' as const]).entries()) {
    if (types !== null) yield `${i === 0 ? '' : ','}"${type}":`
    yield* writeList(embedded, ({ vector }) => WRITERS[type](vector as Float32Array))
  }
  yield types === null ? ',"texts":' : '},"texts":'
  yield* writeList(texts, (text) => JSON.stringify(text))
  const meta = { api_version: { version }, billed_units: { input_tokens: tokens } }
  yield `,"meta":${JSON.stringify(meta)}}`
}

/** One bit for each float, set where it is above 0, the first in the highest bit; as NumPy's packbits. */
function signBits(vector: Float32Array): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(vector.length / 8))
  for (const [i, value] of vector.entries()) if (value > 0) bytes[i >> 3]! |= 0x80 >> (i & 7)
  return bytes
}
