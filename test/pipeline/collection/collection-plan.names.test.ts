import { expect, it } from 'vitest'
import { specForModel } from '../../../src/encoders/open-encoder.js'
import { collectionConfig, planCollection } from '../../../src/pipeline/collection/collection-plan.js'

const MINILM = 'sentence-transformers/all-MiniLM-L6-v2'

it.each([
  'ALL-minilm-l6-V2',
  'all-minilm',
  'fast-all-MiniLM-L6-v2',
  'Xenova/all-MiniLM-L6-v2',
  'qdrant/all-MiniLM-L6-v2-onnx',
])('a collection of %s has the recipe and the vector of the whole name', async (name) => {
  const [plan, whole] = [await planCollection({ dense: name }), await planCollection({ dense: MINILM })]
  expect(plan.vectors.dense).toMatchObject({ model: MINILM, vector: 'all-MiniLM-L6-v2' })
  expect(collectionConfig(plan)).toEqual(collectionConfig(whole))
  expect((await specForModel(name)).dense).toBe(MINILM)
})
