import { InferenceClient } from '@huggingface/inference'
import { dense, QUERY, requireSame, TEXTS, TOKEN, URL_OF_SERVICE } from './offgrid-reference.mjs'

const expected = await dense([...TEXTS, QUERY])
const client = new InferenceClient(TOKEN, { endpointUrl: URL_OF_SERVICE })
requireSame(await client.featureExtraction({ inputs: TEXTS }), expected.slice(0, 2), 'featureExtraction')
const one = await client.featureExtraction({ inputs: QUERY, normalize: true, truncate: true })
requireSame(Array.isArray(one[0]) ? one : [one], expected.slice(2), 'one text')
