import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { AsymmetricEncoder } from '../../src/encoders/asymmetric-encoder.js'
import type { Side } from '../../src/encoders/encoder.js'
import { importModel } from '../../src/encoders/models/import-model.js'
import { openEncoder, specForModel } from '../../src/encoders/open-encoder.js'
import { TextEmbedding } from '../../src/index.js'
import { findModel } from '../../src/onnx/model-files.js'
import { collectionConfig, fingerprint, planCollection } from '../../src/pipeline/collection/collection-plan.js'
import { openCollectionPlan } from '../../src/pipeline/collection/open-collection.js'
import { MemoryStore } from '../../src/stores/memory.js'

const FIXTURES = fileURLToPath(new URL('../parity/fixtures/architectures', import.meta.url))
/** Two encoders of 16 numbers each; the smaller one has a prompt for queries. */
const LARGE = 'test/large'
const SMALL = 'test/small'
const PAIR = 'test/pair'
const SMALL_PROMPT = 'w20 w21 '
const TEXTS = ['w7 w8 w9', 'w30']

let folder: string
let modelsFolder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'offgrid-asymmetric-'))
  modelsFolder = join(folder, 'models')
  vi.stubEnv('OFFGRID_MODELS', modelsFolder)
  await importModel(publish('mpnet'), { name: LARGE })
  await importModel(publish('bert'), { name: SMALL, queryPrefix: SMALL_PROMPT })
  await importModel(publish('mpnet'), { name: PAIR, queryModel: 'TEST/small', queryPrefix: 'of the large one ' })
})
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

function publish(encoder: string, modules?: string): string {
  const published = join(folder, `${encoder}-${modules}`)
  cpSync(join(FIXTURES, 'bert'), published, { recursive: true })
  cpSync(join(FIXTURES, encoder), published, { recursive: true })
  if (modules !== undefined) cpSync(join(FIXTURES, 'modules', modules), published, { recursive: true })
  return published
}

async function vectors(name: string, side: Side): Promise<number[]> {
  const encoder = await openEncoder(await specForModel(name))
  const { dense } = await encoder.encode(TEXTS, side)
  await encoder.close()
  return [...dense!.values]
}

describe('a model whose queries another one encodes', () => {
  test('gives documents its own vectors, and queries those of the other, with the prompt of that one', async () => {
    expect(await vectors(PAIR, 'document')).toEqual(await vectors(LARGE, 'document'))
    expect(await vectors(PAIR, 'query')).toEqual(await vectors(SMALL, 'query'))
    expect(await vectors(PAIR, 'query')).not.toEqual(await vectors(LARGE, 'query'))
  })

  test('does so in worker threads, under the name that the manifest has of the other', async () => {
    expect((await findModel(PAIR)).entry.queryModel).toBe(SMALL)
    await using dense = await TextEmbedding.create({ model: PAIR, workers: 1 })
    const found = (await dense.queryEmbed(TEXTS)).flatMap((vector) => [...(vector as Float32Array)])
    expect(found).toEqual(await vectors(SMALL, 'query'))
  })

  test('names both in the recipe, whose sum is another than that of either', async () => {
    const plans = await Promise.all([PAIR, LARGE, SMALL].map((dense) => planCollection({ dense })))
    expect(plans[0]!.vectors.dense).toMatchObject({ model: PAIR, queryModel: SMALL, vector: 'pair', dimension: 16 })
    expect(fingerprint(plans[0]!)).toMatchObject({ prefixes: { query: SMALL_PROMPT, passage: '' } })
    expect(new Set(plans.map(({ vectors: { dense } }) => dense!.checksum)).size).toBe(3)
  })

  test('is refused for a collection that was filled with another query model', async () => {
    const store = new MemoryStore()
    await importModel(publish('bert'), { name: SMALL, queryPrefix: 'w1 ' })
    await store.createCollection('docs', collectionConfig(await planCollection({ dense: PAIR })))
    await importModel(publish('bert'), { name: SMALL, queryPrefix: SMALL_PROMPT })
    const opening = openCollectionPlan(store, 'docs', { dense: PAIR, bm25: '', late: '' })
    await expect(opening).rejects.toMatchObject({ code: 'MODEL_CHANGED' })
  })

  test('is refused unless both give vectors of one kind and size', async () => {
    const wide = publish('bert', 'mean-tanh')
    await expect(importModel(wide, { name: 'test/wide', queryModel: SMALL })).rejects.toMatchObject({
      code: 'MODEL_NOT_SUITABLE',
      message: expect.stringMatching(
        /test\/small gives dense vectors of 16 numbers; queries for test\/wide need .* of \d+/,
      ),
    })
    const bm25 = importModel(publish('bert'), { name: 'test/wide', queryModel: 'Qdrant/bm25' })
    await expect(bm25).rejects.toMatchObject({ code: 'MODEL_NOT_SUITABLE' })
    await expect(importModel(publish('bert'), { name: 'test/wide', queryModel: 'nobody' })).rejects.toMatchObject({
      code: 'UNKNOWN_MODEL',
    })
  })
})

test('an encoder of one side is opened when a text of that side comes, again after a failure, and closed once', async () => {
  const calls: string[] = []
  let isBroken = true
  const open = (side: Side) => async () => {
    calls.push(`open ${side}`)
    if (side === 'query' && isBroken) throw new Error('damaged')
    const batch = { tokens: new Uint32Array(), cutTokens: new Uint32Array() }
    return { encode: async () => batch, close: async () => void calls.push(`close ${side}`) }
  }
  const encoder = new AsymmetricEncoder({ document: open('document'), query: open('query') })
  await encoder.encode([], 'document')
  await expect(encoder.encode([], 'query')).rejects.toThrow('damaged')
  isBroken = false
  await Promise.all([encoder.encode([], 'query'), encoder.encode([], 'query')])
  await encoder.close()
  await encoder.close()
  expect(calls).toEqual(['open document', 'open query', 'open query', 'close document', 'close query'])
})
