import { OllamaEmbeddings } from '@langchain/ollama'
import { OpenAIEmbeddings } from '@langchain/openai'
import { DENSE, dense, QUERY, requireSame, TEXTS, TOKEN, URL_OF_SERVICE } from './offgrid-reference.mjs'

const [a, b, q] = await dense([...TEXTS, QUERY])
const headers = { authorization: `Bearer ${TOKEN}` }
const clients = {
  OllamaEmbeddings: new OllamaEmbeddings({ model: DENSE, baseUrl: URL_OF_SERVICE, headers }),
  OpenAIEmbeddings: new OpenAIEmbeddings({
    model: DENSE,
    apiKey: TOKEN,
    configuration: { baseURL: `${URL_OF_SERVICE}/v1` },
  }),
}
for (const [name, client] of Object.entries(clients)) {
  requireSame(await client.embedDocuments(TEXTS), [a, b], `${name}.embedDocuments`)
  requireSame([await client.embedQuery(QUERY)], [q], `${name}.embedQuery`)
}
