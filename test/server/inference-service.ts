import { StoreError } from '../../src/errors.js'
import { isInferenceObject } from '../../src/inference/inference-object.js'
import { isBm25 } from '../../src/inference/model-spec.js'
import {
  type MapVectors,
  mapQuery,
  mapQueryBatch,
  mapUpdate,
  mapUpdateBatch,
} from '../../src/inference/vector-places.js'

/** Where a server has the texts of requests embedded: its `inference` configuration. */
export interface InferenceService {
  readonly address: string
  readonly token?: string
}

/** Vectors of the texts in a request, by the end of its path. */
const PLACES: Readonly<Record<string, { readonly map: MapVectors; readonly inference: 'update' | 'search' }>> = {
  '/points': { map: mapUpdate, inference: 'update' },
  '/points/vectors': { map: mapUpdate, inference: 'update' },
  '/points/batch': { map: mapUpdateBatch, inference: 'update' },
  '/points/query': { map: mapQuery, inference: 'search' },
  '/points/query/groups': { map: mapQuery, inference: 'search' },
  '/points/query/batch': { map: mapQueryBatch, inference: 'search' },
}

interface Response {
  readonly embeddings: readonly unknown[]
  readonly usage?: unknown
}

/**
 * The request with a vector in the place of each text but BM25's, which a server computes itself: one call of the service for all of them,
 * equal ones merged. Errors are worded as the live 1.18.3 server words them.
 */
export async function embedByService<T extends object>(
  { address, token }: InferenceService,
  path: string,
  request: T,
): Promise<T> {
  const place = PLACES[path.replace(/^\/collections\/[^/]+/, '')]
  if (place === undefined) return request
  const inputs = new Map<string, object>()
  const keyOf = (value: unknown) => {
    if (!isInferenceObject(value) || isBm25(String(value.model))) return undefined
    const { text, image, object, model, options = null } = value
    const type = text !== undefined ? 'text' : image !== undefined ? 'image' : 'object'
    const input = { data: text ?? image ?? object, data_type: type, model, options }
    const key = JSON.stringify(input)
    inputs.set(key, input)
    return key
  }
  place.map(request, (value) => {
    keyOf(value)
    return value
  })
  if (inputs.size === 0) return request
  const response = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': 'Qdrant/1.18.3' },
    body: JSON.stringify({ inputs: [...inputs.values()], inference: place.inference, token: token ?? null }),
  })
  const text = await response.text()
  if (response.status !== 200) throw refusal(response.status, text)
  const { embeddings } = JSON.parse(text) as Response
  const vectors = new Map([...inputs.keys()].map((key, i) => [key, embeddings[i]]))
  return place.map(request, (value) => {
    const key = keyOf(value)
    return key === undefined ? value : vectors.get(key)
  })
}

function refusal(status: number, text: string): StoreError {
  const failed = (at: number, message: string) => new StoreError('REQUEST_REFUSED', message, { status: at })
  if (status === 400) {
    return failed(
      400,
      `Bad request: Inference request validation failed: ${(JSON.parse(text) as { error: string }).error}`,
    )
  }
  if (status === 401 || status === 403) {
    return failed(500, `Service internal error: Authentication failed for inference service (${status}): ${text}`)
  }
  return failed(status === 429 ? 429 : 500, `Service internal error: Inference service error (${status}): ${text}`)
}
