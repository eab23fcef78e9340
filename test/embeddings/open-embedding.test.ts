import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { LateInteractionTextEmbedding, SparseTextEmbedding, TextEmbedding } from '../../src/index.js'
import { EncoderPool } from '../../src/pool/encoder-pool.js'
import { writeTinyModel } from '../encoders/tiny-dense-models.js'

const INNER_NAMES = /StaticEncoder|TransformerEncoder|ColbertEncoder|CrossEncoder\.open|threads/

let folder: string
let pool: EncoderPool
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offgrid-options-'))
  vi.stubEnv('OFFGRID_CACHE', join(folder, 'cache'))
  await TextEmbedding.addCustomModel({ name: 'own/static', folder: await writeTinyModel(folder, 'static') })
  await TextEmbedding.addCustomModel({
    name: 'own/bert',
    folder: await writeTinyModel(folder, 'bert'),
    network: 'model.onnx',
  })
  pool = await EncoderPool.create({ workers: 1 })
})
afterAll(async () => {
  await pool.close()
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

const CLASSES = { TextEmbedding, SparseTextEmbedding, LateInteractionTextEmbedding }

test.each([
  [
    'TextEmbedding',
    { model: 'own/static', pooling: 'mean' },
    /own\/static has no option "pooling": it is a static model/,
  ],
  ['TextEmbedding', { model: 'own/static', task: 1 }, /own\/static has no option "task".* maxTokens, normalize/],
  ['TextEmbedding', { model: 'own/bert', task: 1 }, /own\/bert: expected task to be left out/],
  ['TextEmbedding', { model: 'own/bert', maxTokens: 1_000_000 }, /own\/bert: expected maxTokens to be 3 to/],
  ['TextEmbedding', { model: 'own/bert', normalize: 'yes' }, /own\/bert: expected normalize to be true or false/],
  ['TextEmbedding', { model: 'own/bert', pooling: 'most' }, /own\/bert: expected pooling to be "/],
  ['LateInteractionTextEmbedding', { maxTokens: 1_000_000 }, /: expected maxTokens to be 3 to/],
  ['SparseTextEmbedding', { alpha: 1 }, /Qdrant\/bm25 has no option "alpha"/],
] as const)('%s names itself and the model where %j does not go together', async (name, options, why) => {
  const create = CLASSES[name].create as (options: object) => Promise<unknown>
  const error = await create.call(CLASSES[name], { pool, ...options }).then(
    () => null,
    (thrown: Error) => thrown,
  )
  expect(error?.message).toMatch(why)
  expect(error?.message.startsWith(`${name}.create: `)).toBe(true)
  expect(error?.message).not.toMatch(INNER_NAMES)
  expect(error).toMatchObject({ code: expect.stringMatching(/^(INVALID|UNKNOWN)_OPTION$/) })
})
