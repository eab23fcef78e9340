import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LateInteractionTextEmbedding } from '../../src/embeddings/late-interaction-text-embedding.js'
import { SparseTextEmbedding } from '../../src/embeddings/sparse-text-embedding.js'
import { TextEmbedding } from '../../src/embeddings/text-embedding.js'
import { BUNDLED_MODELS_FOLDER } from '../../src/onnx/models-folders.js'
import { EncoderPool } from '../../src/pool/encoder-pool.js'

const MINILM = 'sentence-transformers/all-MiniLM-L6-v2'

describe('listSupportedModels', () => {
  test('has what FastEmbed lists of a class and what is at hand, each once', async () => {
    const dense = await TextEmbedding.listSupportedModels()
    const names = dense.map(({ model }) => model)
    expect(new Set(names).size).toBe(names.length)
    expect(names).toEqual(expect.arrayContaining([MINILM, 'BAAI/bge-small-en-v1.5', 'Qwen/Qwen3-Embedding-0.6B']))
    expect(dense.find(({ model }) => model === MINILM)).toMatchObject({
      isPresent: true,
      dimension: 384,
      maxTokens: 256,
    })
    expect(dense.find(({ model }) => model === 'BAAI/bge-small-en-v1.5')).toMatchObject({
      isPresent: false,
      dimension: 384,
      published: { network: 'model_optimized.onnx', sources: { hf: 'Qdrant/bge-small-en-v1.5-onnx-Q' } },
    })
  })

  test('says which sparse models need the modifier idf, and lists late-interaction models with ours', async () => {
    const sparse = await SparseTextEmbedding.listSupportedModels()
    expect(sparse.find(({ model }) => model === 'Qdrant/bm25')).toMatchObject({ requiresIdf: true, isPresent: true })
    expect(sparse.find(({ model }) => model === 'prithivida/Splade_PP_en_v1')).toMatchObject({ requiresIdf: false })
    const late = (await LateInteractionTextEmbedding.listSupportedModels()).map(({ model }) => model)
    expect(late).toEqual(expect.arrayContaining(['offgrid/all-MiniLM-L6-v2-late', 'colbert-ir/colbertv2.0']))
  })

  test('getEmbeddingSize knows a model without its files, in any case', async () => {
    expect(await TextEmbedding.getEmbeddingSize('baai/BGE-large-en-v1.5')).toBe(1024)
    expect(await LateInteractionTextEmbedding.getEmbeddingSize('answerdotai/answerai-colbert-small-v1')).toBe(96)
    await expect(TextEmbedding.getEmbeddingSize('Qdrant/bm25')).rejects.toMatchObject({ code: 'UNKNOWN_MODEL' })
  })
})

describe('addCustomModel', () => {
  let pool: EncoderPool
  beforeAll(async () => {
    pool = await EncoderPool.create({ workers: 1 })
    const folder = join(BUNDLED_MODELS_FOLDER, 'all-MiniLM-L6-v2')
    await TextEmbedding.addCustomModel({ name: 'own/first-token', folder, pooling: 'cls', maxTokens: 32 })
  })
  afterAll(() => pool.close())

  test('makes a folder a model by its name, in worker threads too, computed as was said', async () => {
    const own = await TextEmbedding.create({ model: 'OWN/first-token', pool })
    const told = await TextEmbedding.create({ model: MINILM, pooling: 'cls', maxTokens: 32, pool })
    const text = 'cartilage '.repeat(40)
    expect(await own.queryEmbed(text)).toEqual(await told.queryEmbed(text))
    expect(own.model).toBe('own/first-token')
    expect(own.embeddingSize).toBe(384)
    expect(await own.tokenCount(text)).toBe(32)
    const listed = (await TextEmbedding.listSupportedModels()).find(({ model }) => model === 'own/first-token')
    expect(listed).toMatchObject({ isPresent: true, dimension: 384, published: null })
  })

  test('refuses a name that is taken, and a folder without a model', async () => {
    const folder = join(BUNDLED_MODELS_FOLDER, 'all-MiniLM-L6-v2')
    await expect(TextEmbedding.addCustomModel({ name: MINILM.toUpperCase(), folder })).rejects.toMatchObject({
      code: 'MODEL_EXISTS',
    })
    const empty = join(BUNDLED_MODELS_FOLDER, 'nowhere')
    await expect(TextEmbedding.addCustomModel({ name: 'own/none', folder: empty })).rejects.toMatchObject({
      name: 'ModelError',
    })
  })
})
