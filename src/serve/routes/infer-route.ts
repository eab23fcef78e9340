import { InputError } from '../../errors.js'
import type { TextObject } from '../../inference/inference-object.js'
import type { JsonObject } from '../../options.js'
import { vectorJson } from '../../vectors/vector-json.js'
import type { Handler } from '../http/http-service.js'
import { jsonPieces } from '../http/send-answer.js'
import type { EmbeddedText, TextService, WantedText } from '../models/text-service.js'
import { bodyChoice, bodyObject, bodyString, invalidRequest } from './body-fields.js'

/**
 * `POST /infer`: the protocol by which a Qdrant server asks a service for the vectors of the texts in a request. One vector for each input, in
 * order, told apart by shape; `update` means documents, `search` queries. Fields that are not known are ignored: servers differ in them.
 * @see https://github.com/qdrant/qdrant `src/common/inference/service.rs`
 */
export function inferRoute(service: TextService): Handler {
  return async (call) => {
    const body = bodyObject(await call.json(), 'The request')
    const inference = bodyChoice(body, 'inference', ['update', 'search'], 'update')
    if (!Array.isArray(body.inputs)) throw invalidRequest('inputs: expected a list of { data, data_type, model }')
    const texts = body.inputs.map((input, i) => readInput(bodyObject(input, `inputs[${i}]`), `inputs[${i}]`))
    const embedded = await service.embed(texts, inference === 'search' ? 'query' : 'document', call)
    return jsonPieces(writeAnswer(texts, embedded))
  }
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
  yield '{"embeddings":['
  for (const [i, { model }] of texts.entries()) {
    const each = embedded[i]!
    tokens.set(model, (tokens.get(model) ?? 0) + each.tokens)
    if (i > 0) yield ','
    yield vectorJson(each.vector)
  }
  const models = Object.fromEntries(Array.from(tokens, ([model, sum]) => [model, { tokens: sum }]))
  yield `],"usage":${JSON.stringify({ models })}}`
}
