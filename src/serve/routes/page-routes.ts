import { getOrOpen } from '../../get-or-make.js'
import type { Method } from '../../pipeline/collection/collection-plan.js'
import { METHODS } from '../../pipeline/collection/methods.js'
import { describePayloadFields } from '../../pipeline/search/describe-payload-fields.js'
import { openWordMatcher, type WordMatcher } from '../../pipeline/search/matched-words.js'
import { RequestRefusal } from '../http/request-refusal.js'
import { jsonAnswer } from '../http/send-answer.js'
import { TimeSlices } from '../http/time-slices.js'
import { matchTokens } from '../models/matched-tokens.js'
import type { TextService } from '../models/text-service.js'
import { answerPageFile, PAGE_FILES } from '../page/page-files.js'
import { bodyString, bodyStrings, invalidRequest, optionalString, readBodyFields } from './body-fields.js'
import { type BodySchema, type DocumentedRoute, listOf, objectOf, TEXT, TEXTS, TOKENS } from './documented-route.js'
import type { StoreSearch } from './search-routes.js'

/** Passages that are looked at in one request: a page of hits. */
const MAX_TEXTS = 100
const MAX_LENGTH = 10_000

const NAMED = { collection: { ...TEXT, description: 'Needed where there are several.' } }
const PLACE = { type: 'array', items: TOKENS, minItems: 2, maxItems: 2 }
const MATCHES: BodySchema = {
  properties: { query: { ...TEXT, maxLength: MAX_LENGTH }, texts: { ...TEXTS, maxItems: MAX_TEXTS }, ...NAMED },
  required: ['query', 'texts'],
}
const MATCHED = objectOf({
  counted: listOf(PLACE),
  matches: listOf(
    objectOf({
      words: listOf(objectOf({ start: TOKENS, end: TOKENS, term: TEXT })),
      tokens: listOf(objectOf({ query: PLACE, text: PLACE, score: { type: 'number' } })),
    }),
  ),
})
const DOCUMENT: BodySchema = {
  properties: { id: { type: ['string', 'number'] }, ...NAMED },
  required: ['id'],
}
const READ_DOCUMENT = objectOf({
  ...{ collection: TEXT, id: { type: ['string', 'number'] }, text: TEXT, fields: { type: 'object' } },
})
const COLLECTION = objectOf({
  collection: TEXT,
  models: { type: 'object', additionalProperties: TEXT },
  isChunked: { type: 'boolean' },
  sampled: TOKENS,
  fields: listOf({ type: 'object' }),
})

/** The search page, and what it asks for beside `POST /search`. */
export function pageRoutes(service: TextService, search: StoreSearch): DocumentedRoute[] {
  const matchers = new Map<string, Promise<((query: string) => WordMatcher) | null>>()
  return [
    {
      ...{ method: 'GET', path: '/', access: 'open', answer: 'text/html' },
      summary: 'A page to search the store, to compare searches and to watch the service',
      handle: () => answerPageFile('index.html'),
    },
    {
      ...{ method: 'GET', path: '/page/{file}', access: 'open', answer: 'text/javascript' },
      summary: 'A script or the style of the page',
      handle: async ({ params }) => {
        const name = PAGE_FILES.find((file) => file === params.file)
        if (name !== undefined) return await answerPageFile(name)
        throw new RequestRefusal(404, 'NOT_FOUND', `The page has no file "${params.file}".`)
      },
    },
    {
      ...{ method: 'POST', path: '/playground/collection', request: { properties: NAMED }, answer: COLLECTION },
      summary: 'The models of a collection, and the fields of its payload that a search can be narrowed by',
      handle: async (call) => {
        const name = optionalString(await readBodyFields(call, { properties: NAMED }), 'collection')
        const described = await search.read(name, async (store, collection, plan) => ({
          collection,
          models: Object.fromEntries(
            METHODS.flatMap((method: Method) => (plan.vectors[method] ? [[method, plan.vectors[method].model]] : [])),
          ),
          isChunked: plan.chunking !== null,
          ...(await describePayloadFields(store, collection)),
        }))
        return jsonAnswer(described)
      },
    },
    {
      ...{ method: 'POST', path: '/playground/matches', request: MATCHES, answer: MATCHED },
      summary: 'What of a query was found in passages: words by BM25, tokens by late interaction',
      handle: async (call) => {
        const body = await readBodyFields(call, MATCHES)
        const query = bodyString(body.query, 'query')
        const texts = bodyStrings(body.texts, 'texts')
        if (query.length > MAX_LENGTH) throw invalidRequest(`query: expected at most ${MAX_LENGTH} characters`)
        if (texts.length > MAX_TEXTS) throw invalidRequest(`texts: expected at most ${MAX_TEXTS}, got ${texts.length}`)
        const { spec } = await search.read(optionalString(body, 'collection'), async (_store, _name, plan) => plan)
        const key = JSON.stringify([spec.sparse, spec.bm25])
        const matcher = await getOrOpen(matchers, key, () => openWordMatcher(spec))
        const match = matcher?.(query) ?? (() => [])
        const tokens = spec.late === undefined ? [] : await matchTokens(service, spec.late, query, texts, call)
        const slices = new TimeSlices()
        const matches: object[] = []
        for (const [i, text] of texts.entries()) {
          matches.push({ words: match(text), tokens: tokens[i] ?? [] })
          await slices.pause()
        }
        // what a question has in common with itself: all of it but stopwords
        const counted = match(query).map(({ start, end }) => [start, end])
        return jsonAnswer({ counted, matches })
      },
    },
    {
      ...{ method: 'POST', path: '/playground/document', request: DOCUMENT, answer: READ_DOCUMENT },
      summary: 'A document as it was stored, put together again where it was cut into chunks',
      handle: async (call) => {
        const body = await readBodyFields(call, DOCUMENT)
        const { id } = body
        if (typeof id !== 'string' && typeof id !== 'number') throw invalidRequest('id: expected a string or a number')
        const found = await search.document(id, optionalString(body, 'collection'))
        if (found !== null) return jsonAnswer(found)
        throw new RequestRefusal(404, 'DOCUMENT_MISSING', `There is no document ${JSON.stringify(id)}.`)
      },
    },
  ]
}
