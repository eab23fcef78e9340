import type { Side } from '../../encoders/encoder.js'
import { architectureOf, type ModelEntry } from '../../onnx/manifest.js'
import { type JsonObject, shown } from '../../options.js'
import type { Method } from '../../pipeline/collection/collection-plan.js'
import { vectorJson } from '../../vectors/vector-json.js'
import type { Vector } from '../../vectors.js'
import { RequestRefusal } from '../http/request-refusal.js'
import type { Call } from '../http/route-table.js'
import { type Answer, jsonAnswer, jsonPieces } from '../http/send-answer.js'
import { TimeSlices } from '../http/time-slices.js'
import { type DenseRequest, embedDense } from '../models/embed-dense.js'
import type { PlacedToken } from '../models/model-tokens.js'
import type { TextService } from '../models/text-service.js'
import { bodyChoice, bodyTexts, invalidRequest, optionalString, readBodyFields } from './body-fields.js'
import {
  type BodySchema,
  COUNT,
  type DocumentedRoute,
  FLAG,
  type JsonSchema,
  listOf,
  objectOf,
  TEXT,
  TEXT_OR_TEXTS,
  VECTOR,
} from './documented-route.js'
import { MAX_TEXTS } from './limits.js'
import { writeList } from './write-list.js'

const COMMON: Readonly<Record<string, JsonSchema>> = {
  inputs: TEXT_OR_TEXTS,
  truncate: { ...FLAG, description: 'With false, a text that is too long is refused; else it is cut.' },
  truncation_direction: { enum: ['Left', 'Right', 'left', 'right'], default: 'Right' },
  prompt_name: {
    enum: ['query', 'document', 'passage'],
    description: 'The side of the texts; without it, none has a prompt.',
  },
  model: { ...TEXT, description: 'Goes beyond text-embeddings-inference, which has one model.' },
}
const EMBED: BodySchema = {
  properties: { ...COMMON, normalize: { enum: [true] }, dimensions: COUNT },
  required: ['inputs'],
}
const TOKEN_ROWS: BodySchema = { properties: COMMON, required: ['inputs'] }
const TOKENIZE: BodySchema = {
  properties: { inputs: TEXT_OR_TEXTS, add_special_tokens: { ...FLAG, default: true }, model: COMMON.model! },
  required: ['inputs'],
}
const PLACE: JsonSchema = { type: ['integer', 'null'] }
const TOKEN: JsonSchema = objectOf({ id: { type: 'integer' }, text: TEXT, special: FLAG, start: PLACE, stop: PLACE })
const NUMBER_OR_NULL: JsonSchema = { type: ['integer', 'null'] }
const TEXT_OR_NULL: JsonSchema = { type: ['string', 'null'] }
const INFO: JsonSchema = objectOf({
  ...{ model_id: TEXT, model_sha: TEXT, model_dtype: TEXT },
  model_type: objectOf({ embedding: objectOf({ pooling: TEXT }) }),
  ...{ max_concurrent_requests: COUNT, max_input_length: NUMBER_OR_NULL, max_batch_tokens: COUNT },
  ...{
    max_batch_requests: NUMBER_OR_NULL,
    max_client_batch_size: COUNT,
    auto_truncate: FLAG,
    tokenization_workers: COUNT,
  },
  ...{ version: TEXT, sha: TEXT_OR_NULL, docker_label: TEXT_OR_NULL },
})

/** What a service says of itself. */
export interface ServiceLimits {
  readonly version: string
  readonly maxConnections: number
  readonly batchTokens: number
}

/**
 * The API of text-embeddings-inference. `model`, which it lacks, says which one of several is meant.
 * @param models answer where a request names none
 * @see https://huggingface.github.io/text-embeddings-inference/
 */
export function teiRoutes(
  service: TextService,
  models: Readonly<Record<Method, string>>,
  limits: ServiceLimits,
): DocumentedRoute[] {
  const route = (
    path: string,
    summary: string,
    request: BodySchema,
    answer: JsonSchema,
    answerBody: AnswerBody,
  ): DocumentedRoute => ({
    ...{ method: 'POST', path, dialect: 'tei', maxValues: MAX_TEXTS, summary, request, answer },
    handle: async (call) => await answerBody(await readBodyFields(call, request), call),
  })
  const embed: AnswerBody = async (body, call) => {
    if (body.normalize === false)
      throw invalidRequest('normalize: expected true: vectors are as their model gives them, with length 1')
    const request: DenseRequest = {
      ...{
        texts: bodyTexts(body.inputs, 'inputs'),
        model: optionalString(body, 'model') ?? models.dense,
        side: readPrompt(body),
      },
      ...{ dimensions: body.dimensions as number | undefined, cut: readDirection(body) },
    }
    const { embedded } = await embedDense(service, request, call)
    return jsonPieces(writeList(embedded, ({ vector }) => vectorJson(vector)))
  }
  const embedAs =
    (model: string, write: (vector: Vector) => string): AnswerBody =>
    async (body, call) => {
      const cut = readDirection(body)
      if (cut !== 'end')
        throw invalidRequest('truncate: expected texts that may be cut at their right end; others only /embed takes')
      const wanted = bodyTexts(body.inputs, 'inputs').map((text) => ({
        text,
        model: optionalString(body, 'model') ?? model,
        options: {},
      }))
      const side = readPrompt(body) ?? 'document'
      const vectors = (await service.embed(wanted, side, call, 'if-short')).map(({ vector }) => vector)
      return jsonPieces(writeList(vectors, write))
    }
  return [
    route('/embed', 'Dense vectors', EMBED, listOf(VECTOR), embed),
    route('/', 'The same: what clients of an inference endpoint send', EMBED, listOf(VECTOR), embed),
    route(
      '/embed_all',
      'A vector for each token, by a late-interaction model',
      TOKEN_ROWS,
      listOf(listOf(VECTOR)),
      embedAs(models.late, writeRows),
    ),
    route(
      ...(['/embed_sparse', 'Sparse vectors, by BM25 or a learned model', TOKEN_ROWS] as const),
      listOf(listOf(objectOf({ index: { type: 'integer' }, value: { type: 'number' } }))),
      embedAs(models.bm25, writeSparse),
    ),
    route('/tokenize', 'The tokens of texts', TOKENIZE, listOf(listOf(TOKEN)), async (body) => {
      const model = optionalString(body, 'model') ?? models.dense
      const withSpecial = bodyChoice(body, 'add_special_tokens', [true, false], true)
      const slices = new TimeSlices()
      const tokenized: PlacedToken[][] = []
      for (const text of bodyTexts(body.inputs, 'inputs')) {
        tokenized.push(await service.tokens.tokenize(model, text, withSpecial))
        await slices.pause()
      }
      return jsonPieces(writeList(tokenized, (tokens) => JSON.stringify(tokens)))
    }),
    {
      ...{ method: 'POST', path: '/predict', dialect: 'tei', request: { properties: {}, isOpen: true }, answer: {} },
      summary: 'Refused: there is no classifier here',
      handle: async () => {
        throw new RequestRefusal(
          424,
          'NO_CLASSIFIER',
          'Expected /embed, /embed_all, /embed_sparse or /rerank: there is no classifier here.',
        )
      },
    },
    {
      ...{ method: 'GET', path: '/info', dialect: 'tei', answer: INFO },
      summary: 'The model that answers where none is named, and what the service takes',
      handle: async () => jsonAnswer(describeService(await service.catalog.entryOf(models.dense), service, limits)),
    },
  ]
}

type AnswerBody = (body: JsonObject, call: Call) => Promise<Answer>

function describeService(
  entry: ModelEntry,
  service: TextService,
  { version, maxConnections, batchTokens }: ServiceLimits,
): object {
  return {
    ...{ model_id: entry.name, model_sha: entry.revision, model_dtype: 'float32' },
    model_type: { embedding: { pooling: entry.pooling ?? architectureOf(entry) } },
    ...{ max_concurrent_requests: maxConnections, max_input_length: entry.maxTokens, max_batch_tokens: batchTokens },
    ...{ max_batch_requests: null, max_client_batch_size: MAX_TEXTS, auto_truncate: true },
    ...{ tokenization_workers: service.pool.workers, version, sha: null, docker_label: null },
  }
}

function readPrompt({ prompt_name: name }: JsonObject): Side | null {
  if (name === undefined) return null
  if (name === 'query') return 'query'
  if (name === 'document' || name === 'passage') return 'document'
  throw invalidRequest(`prompt_name: expected "query", "document" or "passage", got ${shown(name)}`)
}

function readDirection(body: JsonObject): NonNullable<DenseRequest['cut']> {
  const direction = bodyChoice(body, 'truncation_direction', ['Left', 'Right', 'left', 'right'], 'Right')
  if (!bodyChoice(body, 'truncate', [true, false], true)) return 'refuse'
  return direction.toLowerCase() === 'left' ? 'start' : 'end'
}

function writeRows(vector: Vector): string {
  if ('rows' in vector) return vectorJson(vector)
  throw invalidRequest('model: expected a late-interaction model, which gives a vector for each token')
}

function writeSparse(vector: Vector): string {
  if (!('indices' in vector)) throw invalidRequest('model: expected a sparse model')
  const values = Array.from(vector.indices, (index, i) => `{"index":${index},"value":${vector.values[i]}}`)
  return `[${values.join()}]`
}
