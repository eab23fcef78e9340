import OpenAI from 'openai'
import { DENSE, dense, QUERY, require, requireSame, TEXTS, TOKEN, URL_OF_SERVICE } from './offgrid-reference.mjs'

const client = new OpenAI({ baseURL: `${URL_OF_SERVICE}/v1`, apiKey: TOKEN })
const [a, b, q] = await dense([...TEXTS, QUERY])
const { data } = await client.embeddings.create({ model: DENSE, input: TEXTS })
requireSame(
  data.map(({ embedding }) => embedding),
  [a, b],
  'embeddings as base64, the default',
)
const plain = await client.embeddings.create({ model: DENSE, input: QUERY, encoding_format: 'float' })
requireSame([plain.data[0].embedding], [q], 'embeddings as floats')
require((await client.models.retrieve(DENSE)).id === DENSE, 'models.retrieve')
const failure = await client.embeddings.create({ model: 'nothing', input: QUERY }).catch((error) => error)
require(failure.code === 'model_not_found', 'an unknown model is model_not_found')
