import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ingestSources } from '../../src/product/ingest-sources.js'
import { InferenceServer } from '../../src/serve/inference-server.js'

const DENSE = 'sentence-transformers/all-MiniLM-L6-v2'
const LATE = 'offgrid/all-MiniLM-L6-v2-late'
const TEXTS = ['A river in France.', 'Gout is a painful joint disease.']
const QUERY = 'What is gout?'
/** More tokens than the model reads. */
const LONG = `start ${'gout '.repeat(400)} polychondritis`

let folder: string
let server: InferenceServer
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'offgrid-dialects-'))
  const store = join(folder, 'store')
  const documents = TEXTS.map((text, i) => ({ id: i + 1, text, payload: {} }))
  await ingestSources(documents, { store, collection: 'notes', vectors: ['bm25'], workers: 1 })
  server = await InferenceServer.listen({ port: 0, workers: 2, preload: [], store, aliases: { 'Small-3': DENSE } })
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

// biome-ignore lint/suspicious/noExplicitAny: what comes over the wire
type Wire = any

interface Answered {
  readonly status: number
  readonly warning: string | null
  readonly type: string
  readonly body: Wire
}

async function ask(path: string, body?: unknown): Promise<Answered> {
  const response = await fetch(server.url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const type = response.headers.get('content-type') ?? ''
  const text = await response.text()
  const parsed = type.startsWith('application/json') ? JSON.parse(text) : text
  return { status: response.status, warning: response.headers.get('warning'), type, body: parsed }
}

const floats = (numbers: readonly number[]) => Float32Array.from(numbers)
/** The library's bits, as the service has them by another route that a test of its own holds against the library. */
const denseOf = async (text: string) => {
  const options = { prompts: 'none' }
  const { body } = await ask('/infer', { inputs: [{ data: text, data_type: 'text', model: DENSE, options }] })
  return floats(body.embeddings[0])
}

/** A request to each route, by its name; paths with a parameter say what stands there. */
const EXAMPLES: Readonly<
  Record<string, { readonly path?: string; readonly bodies?: readonly object[]; readonly status?: number }>
> = {
  'GET /': {},
  'GET /healthz': {},
  'GET /readyz': {},
  'GET /health': {},
  'GET /metrics': {},
  'GET /openapi.json': {},
  'GET /playground': {},
  'GET /page/{file}': { path: '/page/main.js' },
  'GET /info': {},
  'GET /models': {},
  'GET /v1/models': {},
  'GET /v1/models/{id}': { path: `/v1/models/${encodeURIComponent(DENSE)}` },
  'GET /api/tags': {},
  'GET /api/version': {},
  'POST /api/show': { bodies: [{ model: DENSE }, { name: `${DENSE}:latest`, verbose: true }] },
  'POST /api/embed': {
    bodies: [
      { model: DENSE, input: TEXTS },
      { model: DENSE, input: [] },
      { model: DENSE, input: 'a', truncate: false },
    ],
  },
  'POST /api/embeddings': { bodies: [{ model: DENSE, prompt: 'gout', keep_alive: '5m' }] },
  'POST /infer': {
    bodies: [
      { inputs: [DENSE, LATE, 'bm25'].map((model) => ({ data: 'gout', data_type: 'text', model, options: null })) },
    ],
  },
  'POST /v1/embeddings': {
    bodies: [
      { model: DENSE, input: TEXTS, user: null },
      { model: DENSE, input: 'gout', encoding_format: 'base64' },
    ],
  },
  'POST /embeddings': { bodies: [{ model: DENSE, input: TEXTS, modality: 'text' }] },
  'POST /v1/embed': {
    bodies: [
      { model: DENSE, texts: TEXTS },
      { model: DENSE, texts: TEXTS, embedding_types: ['float', 'base64', 'binary', 'ubinary'] },
    ],
  },
  'POST /v2/embed': {
    bodies: [
      { model: DENSE, texts: TEXTS, input_type: 'search_document' },
      { model: DENSE, inputs: [{ content: [{ type: 'text', text: 'gout' }] }] },
    ],
  },
  'POST /v1/rerank': { bodies: [{ query: QUERY, documents: TEXTS, return_documents: true, top_n: 1 }] },
  'POST /v2/rerank': { bodies: [{ query: QUERY, documents: [{ text: TEXTS[1] }], model: LATE }] },
  'POST /rerank': {
    bodies: [
      { query: QUERY, texts: TEXTS, return_text: true },
      { query: QUERY, documents: TEXTS },
    ],
  },
  'POST /embed': {
    bodies: [
      { inputs: TEXTS, normalize: true, truncate: true, dimensions: 8 },
      { inputs: 'gout', prompt_name: 'query' },
    ],
  },
  'POST /': { bodies: [{ inputs: 'gout' }] },
  'POST /embed_all': { bodies: [{ inputs: TEXTS }] },
  'POST /embed_sparse': { bodies: [{ inputs: TEXTS }] },
  'POST /tokenize': { bodies: [{ inputs: TEXTS }, { inputs: 'gout', add_special_tokens: false }] },
  'POST /predict': { bodies: [{ inputs: 'gout' }], status: 424 },
  'POST /playground/collection': { bodies: [{}, { collection: 'notes' }] },
  'POST /playground/matches': { bodies: [{ query: QUERY, texts: TEXTS }] },
  'POST /playground/document': { bodies: [{ id: 1 }] },
  'POST /search': {
    bodies: [
      { query: QUERY, limit: 1 },
      { query: QUERY, collection: 'notes', methods: ['bm25'] },
    ],
  },
}

/** What a request without its needed fields gets; by its API. */
const BROKEN = { colour: 1 }

describe('the OpenAPI document', () => {
  test('has every route and no other, and each one’s requests and answers are as it says', async () => {
    const { body: document } = await ask('/openapi.json')
    const ajv = new Ajv2020({ strictSchema: 'log', logger: false, validateFormats: false })
    const names: string[] = []
    for (const [path, methods] of Object.entries<Record<string, Wire>>(document.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        const name = `${method.toUpperCase()} ${path}`
        names.push(name)
        const example = EXAMPLES[name]
        expect(example, `no example of ${name}`).toBeDefined()
        const request = operation.requestBody?.content['application/json'].schema
        const [[type, answer]] = Object.entries<Wire>(operation.responses[200].content) as [[string, Wire]]
        const isSchema = answer.schema && ajv.compile(answer.schema)
        const isError = ajv.compile(operation.responses.default.content['application/json'].schema)
        for (const body of example!.bodies ?? [undefined]) {
          if (request !== undefined) expect(ajv.validate(request, body), `${name} ${ajv.errorsText()}`).toBe(true)
          const answered = await ask(example!.path ?? path, body)
          const said = `${name} ${JSON.stringify(body)}: ${JSON.stringify(answered.body).slice(0, 300)}`
          const status = example!.status ?? 200
          expect(answered.status, said).toBe(status)
          expect(answered.type, said).toContain(type)
          if (status !== 200) expect(isError(answered.body), said).toBe(true)
          else if (isSchema) expect(isSchema(answered.body), `${said} ${ajv.errorsText(isSchema.errors)}`).toBe(true)
        }
        if (request === undefined || request.additionalProperties !== false) continue
        expect(ajv.validate(request, BROKEN)).toBe(false)
        const refused = await ask(example!.path ?? path, BROKEN)
        expect([refused.status, isError(refused.body)], `${name}: ${JSON.stringify(refused.body)}`).toEqual([400, true])
      }
    }
    expect(names.sort()).toEqual(Object.keys(EXAMPLES).sort())
  })
})

describe('every API has the bits of the library', () => {
  test.each<[string, object, (body: Wire) => readonly number[]]>([
    ['/v1/embeddings', { model: DENSE, input: QUERY }, (body) => body.data[0].embedding],
    ['/embeddings/', { model: 'small-3', input: QUERY }, (body) => body.data[0].embedding],
    ['/v1/embed', { model: 'SMALL-3', texts: [QUERY] }, (body) => body.embeddings[0]],
    ['/v2/embed', { model: DENSE, texts: [QUERY] }, (body) => body.embeddings.float[0]],
    ['/embed', { inputs: QUERY }, (body) => body[0]],
    ['/', { inputs: [QUERY] }, (body) => body[0]],
    ['/api/embed', { model: `${DENSE}:latest`, input: QUERY, options: { num_ctx: 1 } }, (body) => body.embeddings[0]],
    ['/api/embeddings', { model: 'small-3:latest', prompt: QUERY }, (body) => body.embedding],
  ])('POST %s', async (path, body, pick) => {
    const answered = await ask(path, body)
    expect(floats(pick(answered.body))).toEqual(await denseOf(QUERY))
  })

  test('Cohere’s base64 and bits are those of the same vector', async () => {
    const types = ['base64', 'binary', 'ubinary']
    const { body } = await ask('/v2/embed', { model: DENSE, texts: [QUERY], embedding_types: types })
    const vector = await denseOf(QUERY)
    const bytes = Buffer.from(body.embeddings.base64[0], 'base64')
    expect(new Float32Array(new Uint8Array(bytes).buffer)).toEqual(vector)
    const bits = body.embeddings.ubinary[0].flatMap((byte: number) => [...byte.toString(2).padStart(8, '0')])
    expect(bits).toEqual(Array.from(vector, (value) => (value > 0 ? '1' : '0')))
    expect(body.embeddings.binary[0].map((byte: number) => byte + 128)).toEqual(body.embeddings.ubinary[0])
  })

  test('sparse vectors and token rows are those of /infer', async () => {
    const input = (model: string) => ({ data: TEXTS[1], data_type: 'text', model, options: null })
    const { body } = await ask('/infer', { inputs: [input('bm25'), input(LATE)] })
    const [sparse, rows] = body.embeddings
    const { body: sparseRows } = await ask('/embed_sparse', { inputs: TEXTS[1] })
    expect(sparseRows[0]).toEqual(
      sparse.indices.map((index: number, i: number) => ({ index, value: sparse.values[i] })),
    )
    expect((await ask('/embed_all', { inputs: TEXTS[1] })).body[0]).toEqual(rows)
  })
})

describe('names', () => {
  test('an alias stands for its model in any case, and in the lists', async () => {
    const { body } = await ask('/v1/models/small-3')
    expect(body).toMatchObject({ id: 'small-3', dimension: 384 })
    const ids = (await ask('/v1/models')).body.data.map(({ id }: { id: string }) => id)
    expect(ids).toEqual(expect.arrayContaining([DENSE, 'Small-3']))
    const tags = (await ask('/api/tags')).body.models.map(({ name }: { name: string }) => name)
    expect(tags).toEqual([`${DENSE}:latest`, 'Small-3:latest'])
  })

  test('a model is found with its slash as it is, and one that is not there is a 404 of OpenAI’s form', async () => {
    expect((await ask(`/v1/models/${DENSE}`)).body.id).toBe(DENSE)
    const { status, body } = await ask('/v1/models/nobody%2Fnothing')
    expect([status, body.error.code]).toEqual([404, 'model_not_found'])
  })

  test('the short names of the bundled model are taken by every API', async () => {
    for (const model of ['all-minilm', 'all-minilm:latest']) {
      expect((await ask('/api/embed', { model, input: QUERY })).body.embeddings).toHaveLength(1)
    }
    expect((await ask('/v1/embeddings', { model: 'all-MiniLM-L6-v2', input: QUERY })).body.model).toBe(DENSE)
    expect((await ask('/v2/rerank', { model: 'all-minilm-l6-v2-late', query: QUERY, documents: TEXTS })).status).toBe(
      200,
    )
  })

  test('a base address with a slash at its end leads to the same routes', async () => {
    for (const path of ['//api/embed', '/api//embed/']) {
      expect((await ask(path, { model: 'all-minilm', input: QUERY })).body.embeddings).toHaveLength(1)
    }
    expect((await ask(`//v1/models//${DENSE}`)).body.id).toBe(DENSE)
  })

  test('an alias of a model that is not here keeps the service from starting', async () => {
    const starting = InferenceServer.listen({ port: 0, workers: 1, preload: [], aliases: { a: 'nobody/nothing' } })
    await expect(starting).rejects.toMatchObject({ code: 'UNKNOWN_MODEL' })
  })
})

describe('fields', () => {
  const asked = { model: DENSE, input: QUERY }

  test('one that is missing is told so', async () => {
    const { body } = await ask('/v1/embeddings', { input: QUERY, model: null })
    expect(body.error.message).toBe('model: expected a string, got nothing.')
  })

  test('null says nothing, what neighbours know is left out with a warning, what nobody knows is refused', async () => {
    const quiet = await ask('/v1/embeddings', { ...asked, dimensions: null, output_dtype: null, whatever: null })
    expect([quiet.status, quiet.warning]).toEqual([200, null])
    const warned = await ask('/v1/embeddings', { ...asked, priority: 3, user: 'me', output_dtype: 'float' })
    expect([warned.status, warned.warning]).toEqual([200, '299 offgrid "ignored: priority"'])
    expect((await ask('/v1/embeddings', { ...asked, colour: 'red' })).body.error.code).toBe('unknown_field')
    // not ignored: the vector would be another one than was asked for
    expect((await ask('/v1/embeddings', { ...asked, output_dtype: 'int8' })).status).toBe(400)
  })

  test('the names that neighbours have for a field mean the same', async () => {
    const vectorOf = async (more: object) => (await ask('/v1/embeddings', { ...asked, ...more })).body.data[0].embedding
    expect(await vectorOf({ output_dimension: 8 })).toEqual(await vectorOf({ dimensions: 8 }))
    for (const input_type of ['query', 'search_query', 'document', 'passage', 'search_document', 'clustering']) {
      expect(await vectorOf({ input_type })).toEqual(await vectorOf({}))
    }
    const cut = await ask('/v1/embeddings', {
      model: DENSE,
      input: 'one two three four five',
      truncate_prompt_tokens: 4,
    })
    expect(cut.body.usage.prompt_tokens).toBe(4)
    expect((await ask('/v1/embeddings', { ...asked, input_type: 'both' })).body.error.message).toContain('search_query')
  })

  test('a text that is too long is cut at its end or its start, or refused', async () => {
    const [start, end] = ['start gout', 'gout polychondritis']
    const cut = async (truncation_direction?: string) =>
      floats((await ask('/embed', { inputs: LONG, truncation_direction })).body[0])
    const near = async (a: Float32Array, text: string) => a.reduce((sum, value, i) => sum + value * other[text]![i]!, 0)
    const other: Record<string, Float32Array> = { [start]: await denseOf(start), [end]: await denseOf(end) }
    const [right, left] = [await cut(), await cut('Left')]
    expect(await near(left, end)).toBeGreaterThan(await near(right, end))
    const both = await ask('/v2/embed', { model: DENSE, texts: [LONG], truncate: 'START' })
    expect(floats(both.body.embeddings.float[0])).toEqual(left)
    expect(await ask('/embed', { inputs: LONG, truncate: false })).toMatchObject({
      status: 400,
      body: { error_type: 'Validation' },
    })
    expect((await ask('/v2/embed', { model: DENSE, texts: [LONG], truncate: 'NONE' })).body.message).toMatch(
      /256 tokens/,
    )
    expect((await ask('/api/embed', { model: DENSE, input: LONG, truncate: false })).status).toBe(400)
  })

  test('an unknown option of a dense model names those that it has, and no other model’s', async () => {
    const input = { data: 'gout', data_type: 'text', model: DENSE, options: { pool_factor: 2 } }
    const { body } = await ask('/infer', { inputs: [input] })
    expect(body.error).toMatch(/unknown option "pool_factor"; expected one of precision, max_tokens, prompts, mrl\./)
  })
})

describe('reranking', () => {
  test('in Cohere’s form has the order and scores of text-embeddings-inference’s', async () => {
    const { body: tei } = await ask('/rerank', { query: QUERY, texts: TEXTS })
    for (const path of ['/rerank', '/v1/rerank', '/v2/rerank']) {
      const { body } = await ask(path, { query: QUERY, documents: TEXTS, return_documents: true, model: LATE })
      expect(body.results).toEqual(
        tei.map(({ index, score }: { index: number; score: number }) => ({
          ...{ index, relevance_score: score },
          document: path === '/rerank' ? TEXTS[index] : { text: TEXTS[index] },
        })),
      )
      expect(body.results[0].index).toBe(1)
      expect(body.usage.total_tokens).toBeGreaterThan(8)
    }
    const { body } = await ask('/v2/rerank', { query: QUERY, documents: TEXTS, top_n: 1 })
    expect(body.results).toHaveLength(1)
    expect(body.results[0].document).toBeUndefined()
  })

  test('reads the start of a text that is too long, or its end, as it is told', async () => {
    const texts = [LONG.replaceAll('gout', 'river')]
    const score = async (truncation_direction: string) =>
      (await ask('/rerank', { query: 'polychondritis', texts, truncation_direction })).body[0].score
    expect(await score('Left')).toBeGreaterThan(await score('Right'))
  })

  test('refuses fields of one form in the other, and models that cannot rank, in the form of the API', async () => {
    expect((await ask('/rerank', { query: QUERY, texts: TEXTS, top_n: 1 })).body).toMatchObject({
      error_type: 'Validation',
    })
    expect((await ask('/v2/rerank', { query: QUERY, documents: TEXTS, model: DENSE })).body.message).toMatch(/reranker/)
    expect(await ask('/v2/rerank', { query: QUERY, documents: TEXTS, model: 'rerank-v9' })).toMatchObject({
      status: 404,
    })
  })
})
