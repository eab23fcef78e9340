import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { resolveModel } from '../../../src/inference/model-spec.js'
import {
  collectionConfig,
  fingerprint,
  planCollection,
  recordedPlan,
} from '../../../src/pipeline/collection/collection-plan.js'
import { makeTinyModels, readTinyFixture } from '../../encoders/tiny-models.js'

let modelsFolder: string

beforeAll(async () => {
  modelsFolder = await makeTinyModels('splade', 'idf-splade', 'bm42', 'minicoil', 'cross-encoder')
})

afterAll(async () => {
  await rm(modelsFolder, { recursive: true, force: true })
})

const modelOf = (name: string): string => readTinyFixture(name).model

describe('a collection of a sparse model', () => {
  it.each([
    ['splade', 'none'],
    ['idf-splade', 'none'],
    ['bm42', 'idf'],
    ['minicoil', 'idf'],
  ])('%s has the modifier %s', async (name, modifier) => {
    const plan = await planCollection({ sparse: modelOf(name), modelsFolder })
    const vector = modelOf(name).split('/').at(-1)!
    expect(collectionConfig(plan).sparse_vectors).toEqual({ [vector]: { modifier } })
  })

  it('remembers the options of its model', async () => {
    const plan = await planCollection({ sparse: modelOf('bm42'), modelsFolder, bm42: { alpha: 0.8 } })
    expect(fingerprint(plan)).toMatchObject({ bm42: { alpha: 0.8 } })
    const found = { metadata: collectionConfig(plan).metadata } as Parameters<typeof recordedPlan>[0]
    expect(recordedPlan(found)!.spec).toMatchObject({ sparse: modelOf('bm42'), bm42: { alpha: 0.8 } })
  })
})

describe('a text object with a sparse model', () => {
  const resolve = (name: string, options: Record<string, unknown>) =>
    resolveModel({ text: 'a', model: modelOf(name), options }, { modelsFolder })

  it('takes FastEmbed’s options of the model, and those of every transformer', async () => {
    expect((await resolve('splade', { max_tokens: 9 })).spec).toMatchObject({ sparse: modelOf('splade'), maxTokens: 9 })
    expect((await resolve('bm42', { alpha: 0.8 })).spec).toMatchObject({ bm42: { alpha: 0.8 } })
    expect((await resolve('minicoil', { avg_len: 12, k: 1 })).spec).toMatchObject({ minicoil: { avgLen: 12, k: 1 } })
  })

  it('refuses options of another model, and a reranker', async () => {
    await expect(resolve('splade', { alpha: 0.8 })).rejects.toMatchObject({ code: 'UNKNOWN_OPTION' })
    await expect(resolve('bm42', { k: 1 })).rejects.toMatchObject({ code: 'UNKNOWN_OPTION' })
    await expect(resolve('cross-encoder', {})).rejects.toMatchObject({ code: 'WRONG_MODEL_KIND' })
  })
})
