import type { JsonObject } from '../../options.js'
import { vectorJson } from '../../vectors/vector-json.js'
import type { Handler } from '../http/route-table.js'
import { jsonAnswer, jsonPieces } from '../http/send-answer.js'
import { embedDense } from '../models/embed-dense.js'
import type { NamedModel } from '../models/model-catalog.js'
import type { EmbeddedText, TextService } from '../models/text-service.js'
import { bodyChoice, bodyString, bodyTexts, invalidRequest, readBodyFields } from './body-fields.js'
import {
  type BodySchema,
  COUNT,
  type DocumentedRoute,
  IGNORED,
  type JsonSchema,
  listOf,
  objectOf,
  TEXT,
  TEXT_OR_TEXTS,
  TOKENS,
  VECTOR,
} from './documented-route.js'
import { readSide, SIDE_NAMES } from './input-side.js'
import { MAX_TEXTS } from './limits.js'
import { readCut } from './read-cut.js'
import { writeList } from './write-list.js'

const CUT = { enum: [true, false, 'NONE', 'START', 'END'] }
const FLOAT_ONLY = { enum: ['float'] }

/** OpenAI's fields, and those that Voyage, Jina, Cohere, vLLM and Infinity have beside them. */
const REQUEST: BodySchema = {
  properties: {
    input: TEXT_OR_TEXTS,
    model: TEXT,
    encoding_format: { enum: ['float', 'base64'], default: 'float' },
    dimensions: COUNT,
    input_type: { enum: SIDE_NAMES, description: 'The side of the texts; without it they have no prompt.' },
    user: TEXT,
    task: { enum: SIDE_NAMES, description: "Jina's name of input_type." },
    embedding_type: { enum: ['float', 'base64'], description: "Jina's name of encoding_format." },
    output_dimension: { ...COUNT, description: "Voyage's name of dimensions." },
    output_dtype: FLOAT_ONLY,
    truncation: CUT,
    truncate: CUT,
    truncate_prompt_tokens: {
      type: 'integer',
      minimum: -1,
      description: "vLLM's: tokens that are kept; -1 for the model's own limit.",
    },
    modality: { enum: ['text'] },
    ...{ normalized: { enum: [true] }, normalize: { enum: [true] }, late_chunking: { enum: [false] } },
    ...{ add_special_tokens: IGNORED, priority: IGNORED, request_id: IGNORED, extra_body: IGNORED },
  },
  required: ['input', 'model'],
}

const USAGE = objectOf({ prompt_tokens: TOKENS, total_tokens: TOKENS })
const ANSWER = objectOf({
  object: { const: 'list' },
  data: listOf(objectOf({ object: { const: 'embedding' }, index: TOKENS, embedding: { anyOf: [VECTOR, TEXT] } })),
  model: TEXT,
  usage: USAGE,
})
const MODEL: JsonSchema = objectOf({
  id: TEXT,
  object: { const: 'model' },
  created: { type: 'integer' },
  owned_by: TEXT,
  kind: { enum: ['dense', 'sparse', 'late', 'reranker'] },
  dimension: { type: ['integer', 'null'] },
  max_tokens: { type: ['integer', 'null'] },
  licence: TEXT,
})
/** Fields that say how a vector is to be, with the only values for which it is as they say. */
const FIXED = ['output_dtype', 'modality', 'normalized', 'normalize', 'late_chunking']

/** @see https://platform.openai.com/docs/api-reference/embeddings */
export function openAiRoutes(service: TextService): DocumentedRoute[] {
  const embeddings: Omit<DocumentedRoute, 'path'> = {
    ...{ method: 'POST', dialect: 'openai', maxValues: MAX_TEXTS, request: REQUEST, answer: ANSWER },
    summary: "OpenAI's embeddings, by a dense model",
    handle: embeddingsHandler(service),
  }
  const created = Math.floor(Date.now() / 1000)
  const describe = ({ name, entry: { kind, dimension, maxTokens, licence } }: NamedModel) => ({
    ...{
      id: name,
      object: 'model',
      created,
      owned_by: name.includes('/') ? name.slice(0, name.indexOf('/')) : 'offgrid',
    },
    ...{ kind, dimension, max_tokens: maxTokens, licence },
  })
  const models: Omit<DocumentedRoute, 'path'> = {
    ...{ method: 'GET', dialect: 'openai', answer: objectOf({ object: { const: 'list' }, data: listOf(MODEL) }) },
    summary: 'The models at hand, with what one must know of their vectors, and the aliases',
    handle: async () => jsonAnswer({ object: 'list', data: (await service.catalog.names()).map(describe) }),
  }
  return [
    { ...embeddings, path: '/v1/embeddings' },
    { ...embeddings, path: '/embeddings', summary: 'The same, where Infinity has it' },
    { ...models, path: '/v1/models' },
    { ...models, path: '/models', summary: 'The same, where Infinity has it' },
    {
      ...{ method: 'GET', path: '/v1/models/{id...}', dialect: 'openai', answer: MODEL },
      summary: 'One model; the slash of its name as it is, or as %2F',
      handle: async ({ params: { id } }) => {
        const entry = await service.catalog.entryOf(id!)
        return jsonAnswer(describe({ name: id!, entry }))
      },
    },
  ]
}

function embeddingsHandler(service: TextService): Handler {
  return async (call) => {
    const body = await readBodyFields(call, REQUEST)
    for (const name of FIXED) requireOnly(body, name)
    const format = bodyChoice(
      body,
      body.embedding_type === undefined ? 'encoding_format' : 'embedding_type',
      ['float', 'base64'],
      'float',
    )
    const request = {
      model: bodyString(body.model, 'model'),
      texts: bodyTexts(body.input, 'input'),
      side: body.input_type === undefined ? readSide(body.task, 'task') : readSide(body.input_type, 'input_type'),
      dimensions: (body.dimensions ?? body.output_dimension) as number | undefined,
      maxTokens: body.truncate_prompt_tokens === -1 ? undefined : (body.truncate_prompt_tokens as number | undefined),
      cut: body.truncation === undefined ? readCut(body.truncate, 'truncate') : readCut(body.truncation, 'truncation'),
    }
    const { entry, embedded, tokens } = await embedDense(service, request, call)
    return jsonPieces(writeEmbeddings(embedded, entry.name, tokens, format))
  }
}

/** @throws InputError `INVALID_REQUEST` for what would be ignored, and the vector another one than was asked for */
function requireOnly(body: JsonObject, name: string): void {
  const [only] = REQUEST.properties[name]!.enum as readonly unknown[]
  if (body[name] === undefined || body[name] === only) return
  throw invalidRequest(
    `${name}: expected ${JSON.stringify(only)}, which is all there is, got ${JSON.stringify(body[name])}`,
  )
}

function* writeEmbeddings(
  embedded: readonly EmbeddedText[],
  model: string,
  tokens: number,
  format: 'float' | 'base64',
): Generator<string> {
  yield '{"object":"list","data":'
  yield* writeList(embedded, ({ vector }, index) => {
    const embedding = format === 'float' ? vectorJson(vector) : `"${toBase64(vector as Float32Array)}"`
    return `{"object":"embedding","index":${index},"embedding":${embedding}}`
  })
  const usage = { prompt_tokens: tokens, total_tokens: tokens }
  yield `,"model":${JSON.stringify(model)},"usage":${JSON.stringify(usage)}}`
}

/** The bytes of the float32 values, little endian as every machine that runs this has them. */
export function toBase64({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64')
}
