import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { evaluationPlan } from '../../../src/cli/eval/embed-corpora.js'
import type { EvalFlags } from '../../../src/cli/eval/eval-options.js'
import { readModelSets } from '../../../src/cli/eval/model-sets.js'
import { DEFAULT_MODELS } from '../../../src/encoders/default-models.js'
import type { EvaluationMethod } from '../../../src/pipeline/search/evaluation-methods.js'
import { makeTinyModels, readTinyFixture } from '../../encoders/tiny-models.js'

const SPARSE = readTinyFixture('splade').model
const OTHER = readTinyFixture('idf-splade').model
const RERANKER = readTinyFixture('cross-encoder').model
const ALL: readonly EvaluationMethod[] = ['dense', 'bm25', 'late', 'rrf', 'default', 'rerank']

let folder: string
beforeAll(async () => {
  folder = await makeTinyModels('splade', 'idf-splade', 'cross-encoder')
  vi.stubEnv('OFFGRID_MODELS', folder)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

const flagsOf = (flags: Partial<EvalFlags>) => ({ precision: 'fp32', prompts: 'model', ...flags }) as EvalFlags
const read = (flags: Partial<EvalFlags>, methods = ALL) => readModelSets(flagsOf(flags), methods)

describe('the sets of models that are evaluated', () => {
  test('are one with the default models where none is named', async () => {
    expect(await read({})).toEqual([{ models: { ...DEFAULT_MODELS, reranker: null }, methods: ALL }])
  })

  test('search by each method with each of its models once, whatever else differs', async () => {
    const sets = await read({ sparseModel: ['qdrant/BM25', SPARSE], rerankModel: [RERANKER] })
    expect(sets.map(({ models, methods }) => [models.bm25, models.reranker, methods])).toEqual([
      [DEFAULT_MODELS.bm25, RERANKER, ALL],
      [SPARSE, RERANKER, ALL.filter((method) => method !== 'dense')],
    ])
    expect((await read({ sparseModel: [SPARSE, OTHER] }, ['dense', 'bm25'])).map(({ methods }) => methods)).toEqual([
      ['dense', 'bm25'],
      ['bm25'],
    ])
  })

  test.each([
    [{ model: ['nobody'] }, ALL, /Unknown model "nobody"/],
    [{ sparseModel: [SPARSE, SPARSE.toUpperCase()] }, ALL, /expected each model once, got .* twice/],
    [{ lateModel: [DEFAULT_MODELS.late] }, ['dense'], /--late-model: expected one of --methods that needs it/],
    [{ poolFactor: 2 }, ['dense', 'bm25'], /--pool-factor: expected one of --methods that needs it/],
    [{ rerankModel: [RERANKER] }, ['default'], /--rerank-model: expected one of --methods/],
    [{ sparseModel: [SPARSE], language: 'german' }, ['bm25'], /expected Qdrant\/bm25 as a --sparse-model/],
  ] as const)('are refused where they could not be what was meant: %j', async (flags, methods, message) => {
    await expect(read(flags, methods as readonly EvaluationMethod[])).rejects.toThrow(message)
  })

  test.each([
    [{}, 4],
    [{ language: 'spanish' }, 1],
    [{ language: 'spanish', poolFactor: 2 }, 2],
  ])('merge rows of late vectors with %j as a collection does: %d in one', async (flags, poolFactor) => {
    const [set] = await read({})
    expect((await evaluationPlan(set!.models, ['late'], flagsOf(flags))).spec).toMatchObject({ poolFactor })
  })

  test('are refused for vectors that they do not give', async () => {
    const [set] = await read({ model: [SPARSE] }, ['dense'])
    await expect(evaluationPlan(set!.models, ['dense'], flagsOf({}))).rejects.toMatchObject({
      code: 'MODEL_NOT_SUITABLE',
    })
  })
})
