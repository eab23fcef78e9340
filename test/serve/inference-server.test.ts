import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Side } from '../../src/encoders/encoder.js'
import type { EncoderSpec } from '../../src/encoders/open-encoder.js'
import { EncoderPool } from '../../src/pool/encoder-pool.js'
import { InferenceServer } from '../../src/serve/inference-server.js'
import { denseAt, multivectorAt, sparseAt } from '../../src/vectors.js'

const DENSE = 'sentence-transformers/all-MiniLM-L6-v2'
const LATE = 'offgrid/all-MiniLM-L6-v2-late'
/** Normalizing a vector again in another order moves its last bits. */
const FLOAT32_TOLERANCE = 1e-6

let server: InferenceServer
let library: EncoderPool
beforeAll(async () => {
  server = await InferenceServer.listen({ port: 0, workers: 2 })
  library = await EncoderPool.create({ workers: 1 })
  await server.ready
})
afterAll(async () => {
  await server.close()
  await library.close()
})

interface Answered {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: what comes over the wire
  readonly body: any
}

async function post(path: string, body: unknown, signal?: AbortSignal): Promise<Answered> {
  const response = await fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...(signal && { signal }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) }
}

const input = (data: unknown, model: string, options: object | null = null) => ({
  data,
  data_type: 'text',
  model,
  options,
})
const infer = (inputs: readonly object[], inference: 'update' | 'search' | null = 'update') =>
  post('/infer', { inputs, inference, token: null })

/** What the library gives for one text. */
async function encode(spec: EncoderSpec, text: string, side: Side = 'document') {
  const batch = await library.encoder(spec).encode([text], side)
  const rows = batch.late && multivectorAt(batch.late, 0)
  return {
    dense: batch.dense && denseAt(batch.dense, 0),
    sparse: batch.sparse && sparseAt(batch.sparse, 0),
    late: rows && Array.from({ length: rows.rows }, (_, row) => rows.values.subarray(row * 128, (row + 1) * 128)),
    tokens: batch.tokens[0]!,
  }
}

/** JSON numbers as the float32 values that they stand for. */
const floats = (numbers: readonly number[]) => Float32Array.from(numbers)

describe('POST /infer', () => {
  test('answers any mix of models with one vector each, in order and told apart by shape', async () => {
    const text = 'Cartilage is a connective tissue.'
    const { status, body } = await infer([
      input(text, DENSE.toLowerCase()),
      input(text, 'Qdrant/BM25'),
      input(text, LATE),
      input('Gout hurts.', DENSE.toLowerCase()),
    ])
    expect(status).toBe(200)
    const [dense, sparse, late, other] = body.embeddings
    const alone = await encode({ dense: DENSE }, text)
    expect(floats(dense)).toEqual(alone.dense)
    const beside = await encode({ dense: DENSE }, 'Gout hurts.')
    expect(floats(other)).toEqual(beside.dense)
    const bm25 = await encode({ sparse: 'Qdrant/bm25', bm25: { dialect: 'qdrant' } }, text)
    expect(sparse).toEqual({ indices: [...bm25.sparse!.indices], values: [...bm25.sparse!.values] })
    expect(late.map(floats)).toEqual((await encode({ late: LATE }, text)).late)
    expect(body.usage.models[DENSE.toLowerCase()].tokens).toBe(alone.tokens + beside.tokens)
    expect(Object.keys(body.usage.models)).toEqual([DENSE.toLowerCase(), 'Qdrant/BM25', LATE])
  })

  test('search is the side of queries: the terms of a BM25 query all weigh 1', async () => {
    const query = await infer([input('gout and gout', 'bm25')], 'search')
    expect(query.body.embeddings[0].values).toEqual([1])
    const document = await infer([input('gout and gout', 'bm25')], null)
    expect(document.body.embeddings[0].values[0]).toBeGreaterThan(1)
  })

  test("takes the options of Qdrant's BM25, its golden vector included, and ignores those it does not know", async () => {
    const text = 'Recipe for baking chocolate chip cookies'
    const { body } = await infer([
      input(text, 'qdrant/bm25'),
      input(text, 'qdrant/bm25', { language: 'none', avg_len: 5, 'openai-api-key': 'x' }),
    ])
    const [golden, bare] = body.embeddings
    expect(golden.indices).toEqual([112174620, 177304315, 662344706, 771857363, 1617337648])
    expect(floats(golden.values)).toEqual(new Float32Array(5).fill(1.6697302))
    expect(bare.indices).toHaveLength(6)
  })

  test('mrl shortens a dense vector and normalizes it again', async () => {
    const { body } = await infer([input('Gout hurts.', DENSE), input('Gout hurts.', DENSE, { mrl: 64 })])
    const [whole, short] = body.embeddings as number[][]
    expect(short).toHaveLength(64)
    expect(Math.hypot(...short!)).toBeCloseTo(1, 5)
    expect(short![3]! / whole![3]!).toBeCloseTo(short![0]! / whole![0]!, 3)
  })

  test('a text has the same bits whoever else asks at the same time', async () => {
    const texts = Array.from({ length: 24 }, (_, i) => `Text ${i % 20} ${'about cartilage '.repeat((i * 7) % 23)}`)
    const answers = await Promise.all(texts.map((text, i) => infer([input(text, DENSE)], i % 3 ? 'update' : 'search')))
    for (const [i, { body }] of answers.entries()) {
      expect(floats(body.embeddings[0])).toEqual((await encode({ dense: DENSE }, texts[i]!)).dense)
    }
  })

  test('a request may have many models and options without a warning of the runtime', async () => {
    const warnings: Error[] = []
    const onWarning = (warning: Error) => warnings.push(warning)
    process.on('warning', onWarning)
    const inputs = Array.from({ length: 15 }, (_, i) => input('gout', 'bm25', { avg_len: i + 1 }))
    const { body } = await infer(inputs)
    process.off('warning', onWarning)
    expect(new Set(body.embeddings.map(({ values }: { values: number[] }) => values[0])).size).toBe(15)
    expect(warnings).toEqual([])
  })

  test('no input gives no vector', async () => {
    expect((await infer([])).body).toEqual({ embeddings: [], usage: { models: {} } })
  })

  test.each([
    ['an unknown model', { inputs: [input('a', 'nobody/nothing')] }, /Unknown model "nobody\/nothing"/],
    ['a known model that is not here', { inputs: [input('a', 'BAAI/bge-small-en-v1.5')] }, /models import/],
    ['an image', { inputs: [{ ...input('a', DENSE), data_type: 'image' }] }, /only texts/],
    ['an object', { inputs: [{ ...input({}, DENSE), data_type: 'object' }] }, /only texts/],
    ['a number for a text', { inputs: [input(7, DENSE)] }, /inputs\[0\]\.data: expected a string/],
    ['an unknown option', { inputs: [input('a', DENSE, { shape: 1 })] }, /unknown option "shape"/],
    ['a wrong option', { inputs: [input('a', DENSE, { max_tokens: -1 })] }, /maxTokens/],
    ['too many dimensions', { inputs: [input('a', DENSE, { mrl: 385 })] }, /from 1 to 384, got 385/],
    ['dimensions of a sparse vector', { inputs: [input('a', 'bm25', { mrl: 3 })] }, /only dense vectors/],
    ['a wrong BM25 option', { inputs: [input('a', 'bm25', { b: 2 })] }, /b must be finite/],
    ['another inference', { inputs: [], inference: 'dream' }, /"update" or "search"/],
    ['no inputs', {}, /inputs: expected a list/],
    ['a list', [], /The request: expected an object/],
  ])('refuses %s with 400 and says why', async (_, request, message) => {
    const { status, body } = await post('/infer', request)
    expect({ status, error: body.error }).toEqual({ status: 400, error: expect.stringMatching(message) })
  })
})

describe('OpenAI-style embeddings', () => {
  test('a list of texts gives a list of embeddings with their index and the tokens used', async () => {
    const { status, body } = await post('/v1/embeddings', { model: DENSE, input: ['Gout hurts.', 'Asthma wheezes.'] })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      object: 'list',
      model: DENSE,
      data: [{ index: 0 }, { index: 1, object: 'embedding' }],
    })
    const alone = await encode({ dense: DENSE }, 'Asthma wheezes.')
    expect(floats(body.data[1].embedding)).toEqual(alone.dense)
    expect(body.usage.prompt_tokens).toBe(body.usage.total_tokens)
    expect(body.usage.total_tokens).toBeGreaterThan(alone.tokens)
  })

  test('base64 holds the same bits, and dimensions shortens', async () => {
    const request = { model: DENSE, input: 'Gout hurts.', user: 'somebody' }
    const { body } = await post('/v1/embeddings', { ...request, encoding_format: 'base64' })
    const bytes = Buffer.from(body.data[0].embedding, 'base64')
    const values = new Float32Array(new Uint8Array(bytes).buffer)
    expect(values).toEqual((await encode({ dense: DENSE }, 'Gout hurts.')).dense)
    const short = await post('/v1/embeddings', { ...request, dimensions: 8 })
    const norm = Math.hypot(...values.subarray(0, 8))
    for (const [i, value] of short.body.data[0].embedding.entries()) {
      expect(Math.abs(value - values[i]! / norm)).toBeLessThan(FLOAT32_TOLERANCE)
    }
  })

  test.each([
    ['an unknown model', { model: 'text-embedding-3-small', input: 'a' }, 404, 'model_not_found'],
    ['a sparse model', { model: 'Qdrant/bm25', input: 'a' }, 400, 'wrong_model_kind'],
    ['token ids', { model: DENSE, input: [1, 2] }, 400, 'invalid_request'],
    ['no text', { model: DENSE, input: [] }, 400, 'invalid_request'],
    ['an unknown field', { model: DENSE, input: 'a', colour: 1 }, 400, 'unknown_field'],
    ['too many dimensions', { model: DENSE, input: 'a', dimensions: 1000 }, 400, 'invalid_option'],
  ])("refuses %s in OpenAI's form", async (_, request, status, code) => {
    const answer = await post('/v1/embeddings', request)
    expect(answer.status).toBe(status)
    expect(answer.body.error).toEqual({ message: expect.any(String), type: 'invalid_request_error', param: null, code })
  })

  test('GET /v1/models lists what is at hand', async () => {
    const { data } = (await (await fetch(`${server.url}/v1/models`)).json()) as { data: { id: string }[] }
    expect(data.find(({ id }) => id === DENSE)).toMatchObject({ object: 'model', kind: 'dense', dimension: 384 })
  })
})

describe('POST /rerank', () => {
  const query = 'What is gout?'
  const texts = ['A river in France.', 'Gout is a painful joint disease.']

  test('orders texts by late interaction, the best first', async () => {
    const { status, body } = await post('/rerank', { query, texts, return_text: true })
    expect(status).toBe(200)
    expect(body.map(({ index }: { index: number }) => index)).toEqual([1, 0])
    expect(body[0].text).toBe(texts[1])
    const raw = await post('/rerank', { query, texts, raw_scores: true })
    const { tokens } = await encode({ late: LATE }, query, 'query')
    expect(raw.body[0].score / tokens).toBeCloseTo(body[0].score, 6)
  })

  test('refuses a model that cannot rank, in the form of text-embeddings-inference', async () => {
    const { status, body } = await post('/rerank', { query, texts, model: DENSE })
    expect({ status, ...body }).toMatchObject({
      status: 400,
      error_type: 'Validation',
      error: expect.stringMatching(/reranker/),
    })
  })
})

describe('the service', () => {
  test('says that it lives and is ready, and counts what it did', async () => {
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
    expect(await (await fetch(`${server.url}/readyz`)).json()).toEqual({ status: 'ready' })
    await infer([input('counted', DENSE)])
    const response = await fetch(`${server.url}/metrics`)
    expect(response.headers.get('content-type')).toContain('text/plain')
    const metrics = await response.text()
    expect(metrics).toMatch(/offgrid_http_requests_total\{route="POST \/infer",status="200"\} \d+/)
    expect(metrics).toMatch(new RegExp(`offgrid_tokens_total\\{model="${DENSE}",side="document"\\} \\d+`))
    expect(metrics).toContain('offgrid_workers 2')
  })
})
