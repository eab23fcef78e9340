import { CohereClient, CohereClientV2 } from 'cohere-ai'
import { DENSE, dense, LATE, QUERY, require, requireSame, TEXTS, TOKEN, URL_OF_SERVICE } from './offgrid-reference.mjs'

const expected = await dense(TEXTS)
const options = { token: TOKEN, environment: URL_OF_SERVICE }
const v2 = new CohereClientV2(options)
const byType = await v2.embed({ model: DENSE, texts: TEXTS, inputType: 'search_document', embeddingTypes: ['float'] })
requireSame(byType.embeddings.float, expected, 'CohereClientV2.embed')
const ranked = await v2.rerank({ model: LATE, query: QUERY, documents: TEXTS, topN: 1 })
require(ranked.results[0].index === 1, 'CohereClientV2.rerank finds the disease')

const v1 = new CohereClient(options)
const floats = await v1.embed({ model: DENSE, texts: TEXTS, inputType: 'search_document' })
requireSame(floats.embeddings, expected, 'CohereClient.embed')
const withText = await v1.rerank({ model: LATE, query: QUERY, documents: TEXTS, returnDocuments: true })
require(withText.results[0].document.text === TEXTS[1], 'CohereClient.rerank gives the documents back')

const failure = await v2.rerank({ model: 'nothing', query: QUERY, documents: TEXTS }).catch((error) => error)
require(failure.statusCode === 404, 'an unknown model is an error with status 404')
