import { createCohere } from '@ai-sdk/cohere'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { embed, embedMany, rerank } from 'ai'
import { DENSE, dense, LATE, QUERY, require, requireSame, TEXTS, TOKEN, URL_OF_SERVICE } from './offgrid-reference.mjs'

const [a, b, q] = await dense([...TEXTS, QUERY])
const openAi = createOpenAICompatible({ name: 'offgrid', baseURL: `${URL_OF_SERVICE}/v1`, apiKey: TOKEN })
const model = openAi.embeddingModel(DENSE)
requireSame((await embedMany({ model, values: TEXTS })).embeddings, [a, b], 'embedMany by openai-compatible')
requireSame([(await embed({ model, value: QUERY })).embedding], [q], 'embed by openai-compatible')

const cohere = createCohere({ baseURL: `${URL_OF_SERVICE}/v2`, apiKey: TOKEN })
requireSame(
  (await embedMany({ model: cohere.embedding(DENSE), values: TEXTS })).embeddings,
  [a, b],
  'embedMany by cohere',
)
const { ranking } = await rerank({ model: cohere.reranking(LATE), query: QUERY, documents: TEXTS, topN: 1 })
require(ranking[0].originalIndex === 1, 'rerank by cohere finds the disease')
