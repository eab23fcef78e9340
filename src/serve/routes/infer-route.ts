import { InputError } from '../../errors.js'
import type { TextObject } from '../../inference/inference-object.js'
import type { JsonObject } from '../../options.js'
import { vectorJson } from '../../vectors/vector-json.js'
import type { Call } from '../http/route-table.js'
import { type Answer, jsonPieces } from '../http/send-answer.js'
import type { EmbeddedText, TextService, WantedText } from '../models/text-service.js'
import { bodyChoice, bodyObject, bodyString, invalidRequest, readBodyFields } from './body-fields.js'
import { type BodySchema, type DocumentedRoute, listOf, objectOf, TEXT, TOKENS, VECTOR } from './documented-route.js'
import { MAX_TEXTS } from './limits.js'
import { writeList } from './write-list.js'

const INPUT = objectOf(
  { data: TEXT, data_type: { const: 'text' }, model: TEXT, options: { type: ['object', 'null'] } },
  ['options'],
)
const REQUEST: BodySchema = {
  properties: {
    inputs: listOf(INPUT),
    inference: {
      enum: ['update', 'search'],
      default: 'update',
      description: 'The side of documents, or that of queries.',
    },
    token: { ...TEXT, description: 'The token of the service, if it is not in a header.' },
  },
  required: ['inputs'],
  // servers differ in what they send beside
  isOpen: true,
}
const SPARSE = objectOf({ indices: listOf(TOKENS), values: VECTOR })
const ANSWER = objectOf({
  embeddings: listOf({ anyOf: [VECTOR, SPARSE, listOf(VECTOR)] }),
  usage: objectOf({ models: { type: 'object', additionalProperties: objectOf({ tokens: TOKENS }) } }),
})
/** An input has several values. */
const MAX_VALUES = 6 * MAX_TEXTS

/**
 * `POST /infer`: the protocol by which a Qdrant server asks a service for the vectors of the texts in a request. One vector for each input, in
 * order, told apart by shape; `update` means documents, `search` queries. Fields that are not known are ignored: servers differ in them.
 * @see https://github.com/qdrant/qdrant `src/common/inference/service.rs`
 */
export function inferRoute(service: TextService): DocumentedRoute {
  return {
    ...{ method: 'POST', path: '/infer', access: 'body', maxValues: MAX_VALUES, request: REQUEST, answer: ANSWER },
    summary: "Qdrant's inference protocol: any mix of dense, sparse and late-interaction models",
    handle: async (call) => await answerInfer(service, call),
  }
}

async function answerInfer(service: TextService, call: Call): Promise<Answer> {
  const body = await readBodyFields(call, REQUEST)
  const inference = bodyChoice(body, 'inference', ['update', 'search'], 'update')
  if (!Array.isArray(body.inputs)) throw invalidRequest('inputs: expected a list of { data, data_type, model }')
  const texts = body.inputs.map((input, i) => readInput(bodyObject(input, `inputs[${i}]`), `inputs[${i}]`))
  const embedded = await service.embed(texts, inference === 'search' ? 'query' : 'document', call)
  return jsonPieces(writeAnswer(texts, embedded))
}

function readInput({ data, data_type: type, model, options }: JsonObject, where: string): WantedText {
  if (type !== 'text') {
    throw new InputError(
      'INPUT_UNSUPPORTED',
      `${where}: expected data_type "text", got ${JSON.stringify(type)}: only texts are embedded here.`,
    )
  }
  const { mrl, ...rest } = bodyObject(options ?? {}, `${where}.options`)
  return {
    text: bodyString(data, `${where}.data`),
    model: bodyString(model, `${where}.model`),
    options: rest,
    dimensions: (mrl ?? undefined) as number | undefined,
  }
}

function* writeAnswer(texts: readonly TextObject[], embedded: readonly EmbeddedText[]): Generator<string> {
  const tokens = new Map<string, number>()
  for (const [i, { model }] of texts.entries()) tokens.set(model, (tokens.get(model) ?? 0) + embedded[i]!.tokens)
  yield '{"embeddings":'
  yield* writeList(embedded, ({ vector }) => vectorJson(vector))
  const models = Object.fromEntries(Array.from(tokens, ([model, sum]) => [model, { tokens: sum }]))
  yield `,"usage":${JSON.stringify({ models })}}`
}
