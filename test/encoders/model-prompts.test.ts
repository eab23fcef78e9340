import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { withModelPrompts } from '../../src/encoders/model-prompts.js'
import { importModel } from '../../src/encoders/models/import-model.js'
import { openEncoder, specForModel } from '../../src/encoders/open-encoder.js'
import { TextEmbedding } from '../../src/index.js'
import { resolveModel } from '../../src/inference/model-spec.js'
import { fingerprint, planCollection } from '../../src/pipeline/collection/collection-plan.js'

const FIXTURES = fileURLToPath(new URL('../parity/fixtures/architectures', import.meta.url))
const NAME = 'test/prompted'
/** What the model's published configuration says of queries; of documents it says nothing. */
const QUERY = 'w20 w21 '
const TEXTS = ['w7 w8 w9', 'w30']

let folder: string
let modelsFolder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'offgrid-prompts-'))
  modelsFolder = join(folder, 'models')
  vi.stubEnv('OFFGRID_MODELS', modelsFolder)
  const published = join(folder, 'published')
  cpSync(join(FIXTURES, 'bert'), published, { recursive: true })
  cpSync(join(FIXTURES, 'modules', 'mean-tanh'), published, { recursive: true })
  await importModel(published, { name: NAME, modelsFolder })
})

afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

async function vectors(spec: Parameters<typeof openEncoder>[0], side: 'query' | 'document', texts = TEXTS) {
  const encoder = await openEncoder(spec)
  const { dense } = await encoder.encode(texts, side)
  await encoder.close()
  return [...dense!.values]
}

describe("a model's own prompts", () => {
  test('stand before queries by default, and before nothing where they are ruled out', async () => {
    const prompted = await specForModel(NAME)
    const bare = await specForModel(NAME, { prefixes: 'none' })
    const written = TEXTS.map((text) => QUERY + text)
    expect(await vectors(prompted, 'query')).toEqual(await vectors(bare, 'query', written))
    expect(await vectors(prompted, 'query')).not.toEqual(await vectors(bare, 'query'))
    expect(await vectors(prompted, 'document')).toEqual(await vectors(bare, 'document'))
  })

  test('are in the recipe of a collection word for word, so that other words are another recipe', async () => {
    const recipe = async (prefixes?: 'none' | { query: string }) =>
      fingerprint(await planCollection({ dense: NAME, ...(prefixes !== undefined && { prefixes }) })).prefixes
    expect(await recipe()).toEqual({ query: QUERY, passage: '' })
    expect(await recipe('none')).toBeUndefined()
    expect(await recipe({ query: 'other ' })).toEqual({ query: 'other ' })
  })

  test('are used by the library and by texts in place of vectors', async () => {
    const expected = await vectors(await specForModel(NAME), 'query')
    const dense = await TextEmbedding.create({ model: NAME, workers: 1 })
    const found = (await dense.queryEmbed(TEXTS)).flatMap((vector) => [...(vector as Float32Array)])
    await dense.close()
    expect(found).toEqual(expected)
    const object = (options: object) => ({ text: '', model: NAME, options: options as Record<string, unknown> })
    expect((await resolveModel(object({}), {})).spec.prefixes).toEqual({ query: QUERY, passage: '' })
    expect((await resolveModel(object({ prompts: 'none' }), {})).spec.prefixes).toBeUndefined()
  })

  test('change nothing for a model without any', async () => {
    const spec = { dense: 'sentence-transformers/all-MiniLM-L6-v2' }
    expect(await withModelPrompts(spec)).toEqual(spec)
    expect(await withModelPrompts({ ...spec, prefixes: 'none' })).toEqual(spec)
  })
})
