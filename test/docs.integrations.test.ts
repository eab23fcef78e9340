import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { InferenceServer } from '../src/serve/inference-server.js'
// @ts-expect-error a script without types
import { readSnippets } from './clients/read-snippets.js'

interface Snippet {
  readonly name: string
  readonly language: string
  readonly code: string
}

const DEFAULT_URL = 'http://127.0.0.1:6380'

let server: InferenceServer
let snippets: readonly Snippet[]
beforeAll(async () => {
  server = await InferenceServer.listen({ port: 0, workers: 1, preload: [] })
  snippets = await readSnippets()
})
afterAll(() => server.close())

/** What a tool sends by settings of the page, to the service in place of the page's address. */
async function post(address: string, body: unknown): Promise<unknown> {
  expect(address.startsWith(DEFAULT_URL)).toBe(true)
  const response = await fetch(address.replace(DEFAULT_URL, server.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer none' },
    body: JSON.stringify(body),
  })
  const answer = await response.json()
  expect(response.status, JSON.stringify(answer)).toBe(200)
  return answer
}

const embed = (base: string, model: string, more = {}) =>
  post(`${base}/embeddings`, { model, input: ['Gout hurts.'], ...more })
const DIMENSIONS = { data: [{ embedding: { length: 384 } }] }
const rank = (address: string, model: string) =>
  post(address, { model, query: 'What is gout?', documents: ['A river.', 'Gout hurts.'], top_n: 2 })
const RANKING = { results: [{ index: 1 }, { index: 0 }] }

const codeOf = (name: string, language: string) => {
  const found = snippets.find((each) => each.name.startsWith(name) && each.language === language)
  expect(found, name).toBeDefined()
  return found!.code
}

describe('settings of docs/integrations.md lead to requests that are answered', () => {
  test('Open WebUI', async () => {
    const lines = codeOf('Open WebUI', '').trimEnd().split('\n')
    const settings = Object.fromEntries(lines.map((line) => line.split('=')))
    const { RAG_OPENAI_API_BASE_URL: base, RAG_EMBEDDING_MODEL: model } = settings
    expect(await embed(base, model)).toMatchObject(DIMENSIONS)
    const ranked = await rank(settings.RAG_EXTERNAL_RERANKER_URL, settings.RAG_RERANKING_MODEL)
    expect(ranked).toMatchObject(RANKING)
  })

  test('Continue', async () => {
    const { models } = parse(codeOf('Continue', 'yaml'))
    const [embedder, reranker] = ['embed', 'rerank'].map((role) =>
      models.find((model: { roles: string[] }) => model.roles.includes(role)),
    )
    expect(await embed(embedder.apiBase, embedder.model)).toMatchObject(DIMENSIONS)
    expect(await rank(`${reranker.apiBase}/rerank`, reranker.model)).toMatchObject(RANKING)
  })

  test('the proxy of LiteLLM', async () => {
    const [{ litellm_params: settings }] = parse(codeOf('LiteLLM', 'yaml')).model_list
    expect(settings.model).toMatch(/^openai\//)
    expect(await embed(settings.api_base, settings.model.slice('openai/'.length))).toMatchObject(DIMENSIONS)
  })

  test('mteb', async () => {
    const [, base, name, dimensions] = /base_url="([^"]+)".*OpenAIModel\("([^"]+)".*embed_dim=(\d+)/s.exec(
      codeOf('mteb', 'py'),
    )!
    // the wrapper sends the last part of a name, and asks for the dimensions
    const model = name!.split('/').at(-1)!
    const more = { encoding_format: 'float', dimensions: Number(dimensions) }
    expect(await embed(base!, model, more)).toMatchObject(DIMENSIONS)
  })
})
