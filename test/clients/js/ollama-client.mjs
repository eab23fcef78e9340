import { Ollama } from 'ollama'
import { DENSE, dense, QUERY, require, requireSame, TEXTS, TOKEN, URL_OF_SERVICE } from './offgrid-reference.mjs'

const client = new Ollama({ host: URL_OF_SERVICE, headers: { authorization: `Bearer ${TOKEN}` } })
const [a, b, q] = await dense([...TEXTS, QUERY])
const { embeddings } = await client.embed({ model: DENSE, input: TEXTS, keep_alive: '5m', options: { num_ctx: 256 } })
requireSame(embeddings, [a, b], 'embed')
requireSame([(await client.embeddings({ model: DENSE, prompt: QUERY })).embedding], [q], 'embeddings')
const { models } = await client.list()
require(models.some(({ name }) => name === `${DENSE}:latest`), 'list has the dense model')
const shown = await client.show({ model: DENSE })
require(shown.capabilities.includes('embedding'), 'show')
const failure = await client.embed({ model: 'nothing', input: QUERY }).catch((error) => error)
require(failure.status_code === 404, 'an unknown model is an error with status 404')
