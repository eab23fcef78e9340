import { randomUUID } from 'node:crypto'
import { isObject, type JsonObject } from '../../options.js'
import type { Call } from '../http/route-table.js'
import type { Answer } from '../http/send-answer.js'
import { jsonAnswer } from '../http/send-answer.js'
import type { TextService } from '../models/text-service.js'
import {
  bodyChoice,
  bodyCount,
  bodyString,
  bodyStrings,
  invalidRequest,
  optionalString,
  readBodyFields,
} from './body-fields.js'
import {
  type BodySchema,
  type DocumentedRoute,
  FLAG,
  IGNORED,
  type JsonSchema,
  listOf,
  objectOf,
  TEXT,
  TEXTS,
  TOKENS,
} from './documented-route.js'
import { MAX_TEXTS } from './limits.js'
import { rankTexts } from './rank-texts.js'

/** Fields of Cohere, Jina, Voyage, vLLM and Infinity. */
const DOCUMENT_FIELDS: Readonly<Record<string, JsonSchema>> = {
  query: TEXT,
  documents: listOf({ anyOf: [TEXT, objectOf({ text: TEXT })] }),
  model: TEXT,
  top_n: { type: 'integer', minimum: 0, description: 'How many are answered; 0 for all.' },
  top_k: { type: 'integer', minimum: 0, description: "Voyage's name of top_n." },
  return_documents: { ...FLAG, default: false },
  raw_scores: { ...FLAG, default: false },
  truncation: { enum: [true] },
  ...{
    max_tokens_per_doc: IGNORED,
    max_chunks_per_doc: IGNORED,
    rank_fields: IGNORED,
    truncate_prompt_tokens: IGNORED,
  },
  ...{ priority: IGNORED, user: IGNORED, request_id: IGNORED, additional_data: IGNORED },
}
const DOCUMENTS: BodySchema = { properties: DOCUMENT_FIELDS, required: ['query', 'documents'] }
const RANKED: JsonSchema = objectOf({
  id: TEXT,
  object: { const: 'list' },
  model: TEXT,
  results: listOf(
    objectOf(
      {
        ...{ index: TOKENS, relevance_score: { type: 'number' } },
        document: { anyOf: [objectOf({ text: TEXT }), { ...TEXT, description: 'As Infinity has it.' }] },
      },
      ['document'],
    ),
  ),
  usage: objectOf({ prompt_tokens: TOKENS, total_tokens: TOKENS }),
  meta: objectOf({
    api_version: objectOf({ version: TEXT }),
    billed_units: objectOf({ search_units: TOKENS }),
    tokens: objectOf({ input_tokens: TOKENS, output_tokens: TOKENS }),
  }),
})

const TEXT_FIELDS: Readonly<Record<string, JsonSchema>> = {
  query: TEXT,
  texts: TEXTS,
  model: TEXT,
  raw_scores: { ...FLAG, default: false },
  return_text: { ...FLAG, default: false },
  truncate: { ...FLAG, description: 'Texts that are too long are cut in any case.' },
  truncation_direction: { enum: ['Left', 'Right', 'left', 'right'], default: 'Right' },
}
const EITHER: BodySchema = { properties: { ...TEXT_FIELDS, ...DOCUMENT_FIELDS }, required: ['query'] }
const EITHER_ANSWER: JsonSchema = {
  anyOf: [listOf(objectOf({ index: TOKENS, score: { type: 'number' }, text: TEXT }, ['text'])), RANKED],
}

/**
 * Reranking, in the form of text-embeddings-inference (`texts`), and in that of Cohere, Jina, vLLM and Infinity (`documents`).
 * @param lateModel ranks where no cross-encoder is at hand
 * @see https://docs.cohere.com/reference/rerank, https://github.com/huggingface/text-embeddings-inference
 */
export function rerankRoutes(service: TextService, lateModel: string): DocumentedRoute[] {
  const rankDocuments = (version: '1' | '2') => async (call: Call) =>
    await answerDocuments(service, lateModel, await readBodyFields(call, DOCUMENTS), version, call)
  const documents: Omit<DocumentedRoute, 'path' | 'handle'> = {
    ...{ method: 'POST', dialect: 'cohere', maxValues: MAX_TEXTS, request: DOCUMENTS, answer: RANKED },
    summary: 'Documents by their relevance to a query, as Cohere, Jina and vLLM have it',
  }
  return [
    { ...documents, path: '/v1/rerank', handle: rankDocuments('1') },
    { ...documents, path: '/v2/rerank', handle: rankDocuments('2') },
    {
      ...{ method: 'POST', path: '/rerank', dialect: 'tei', maxValues: MAX_TEXTS },
      ...{ request: EITHER, answer: EITHER_ANSWER },
      summary:
        'Texts by their relevance to a query, as text-embeddings-inference has it; with "documents" as Infinity has it',
      handle: async (call) => {
        const body = await readBodyFields(call, EITHER)
        if (body.documents === undefined) return await answerTexts(service, lateModel, body, call)
        return await answerDocuments(service, lateModel, body, 'infinity', call)
      },
    },
  ]
}

async function answerTexts(service: TextService, lateModel: string, body: JsonObject, call: Call): Promise<Answer> {
  requireForm(body, 'texts', TEXT_FIELDS)
  const texts = bodyStrings(body.texts, 'texts')
  const returnsText = bodyChoice(body, 'return_text', [true, false], false)
  const direction = bodyChoice(body, 'truncation_direction', ['Left', 'Right', 'left', 'right'], 'Right')
  const cut = direction.toLowerCase() === 'left' ? 'start' : 'end'
  const { ranked } = await rankTexts(service, lateModel, { ...readQuery(body), texts, cut }, call)
  return jsonAnswer(ranked.map(({ index, score }) => ({ index, score, ...(returnsText && { text: texts[index]! }) })))
}

async function answerDocuments(
  service: TextService,
  lateModel: string,
  body: JsonObject,
  form: '1' | '2' | 'infinity',
  call: Call,
): Promise<Answer> {
  requireForm(body, 'documents', DOCUMENT_FIELDS)
  if (!Array.isArray(body.documents)) throw invalidRequest('documents: expected a list of texts, or of { text }')
  const texts = body.documents.map((each, i) =>
    bodyString(isObject(each) ? each.text : each, isObject(each) ? `documents[${i}].text` : `documents[${i}]`),
  )
  const returnsText = bodyChoice(body, 'return_documents', [true, false], false)
  bodyChoice(body, 'truncation', [true], true)
  const wanted = body.top_n ?? body.top_k ?? 0
  const limit =
    wanted === 0 ? texts.length : bodyCount(body, body.top_n === undefined ? 'top_k' : 'top_n', MAX_TEXTS, 1)
  const { ranked, model, tokens } = await rankTexts(service, lateModel, { ...readQuery(body), texts }, call)
  const results = ranked.slice(0, limit).map(({ index, score }) => ({
    ...{ index, relevance_score: score },
    ...(returnsText && { document: form === 'infinity' ? texts[index]! : { text: texts[index]! } }),
  }))
  return jsonAnswer({
    ...{ id: randomUUID(), object: 'list', model, results },
    usage: { prompt_tokens: tokens, total_tokens: tokens },
    meta: {
      api_version: { version: form === '2' ? '2' : '1' },
      billed_units: { search_units: 1 },
      tokens: { input_tokens: tokens, output_tokens: 0 },
    },
  })
}

function readQuery(body: JsonObject): { query: string; model: string | undefined; isRaw: boolean } {
  return {
    query: bodyString(body.query, 'query'),
    model: optionalString(body, 'model'),
    isRaw: bodyChoice(body, 'raw_scores', [true, false], false),
  }
}

/** @throws InputError `INVALID_REQUEST` for a field of the other form */
function requireForm(body: JsonObject, form: string, fields: Readonly<Record<string, JsonSchema>>): void {
  const other = Object.keys(body).find((name) => !Object.hasOwn(fields, name))
  if (other === undefined) return
  throw invalidRequest(`${other}: expected none beside "${form}"; expected some of ${Object.keys(fields).join(', ')}`)
}
