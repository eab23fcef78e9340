import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { LateInteractionTextEmbedding } from '../../../src/embeddings/late-interaction-text-embedding.js'
import { ColbertEncoder } from '../../../src/encoders/late/colbert.js'
import { openEncoder } from '../../../src/encoders/open-encoder.js'
import { InferenceClient } from '../../../src/inference/inference-client.js'
import { planChunking } from '../../../src/pipeline/collection/chunking-plan.js'
import { DocumentChunker } from '../../../src/pipeline/documents/document-chunker.js'
import { LocalClient } from '../../../src/stores/local-client/local-client.js'
import type { Multivector } from '../../../src/vectors.js'
import { runCli } from '../../cli/run-cli.js'
import { writeTinyColberts } from '../tiny-colbert.js'

const MODEL = 'colbert-ir/colbertv2.0'
const DIMENSION = 16

const TEXTS = ['Cartilage is a firm tissue.', 'Aspirin relieves pain.', 'The liver makes bile.']
const QUESTION = 'What relieves pain?'

let root: string
let modelsFolder: string

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'offgrid-colbert-'))
  modelsFolder = join(root, 'models')
  vi.stubEnv('OFFGRID_CACHE', join(root, 'cache'))
  await writeTinyColberts(modelsFolder, 'checkpoint')
})

afterAll(async () => {
  vi.unstubAllEnvs()
  await rm(root, { recursive: true })
})

/** The largest sum, over the rows of the query, of the best dot product with a row of the document. */
function bestByMaxSim(query: Multivector, documents: readonly Multivector[]): number {
  const rowsOf = ({ rows, dimension, values }: Multivector) =>
    Array.from({ length: rows }, (_, row) => values.subarray(row * dimension, (row + 1) * dimension))
  const scores = documents.map((document) =>
    rowsOf(query).reduce((total, row) => {
      const products = rowsOf(document).map((other) => other.reduce((sum, value, i) => sum + value * row[i]!, 0))
      return total + Math.max(...products)
    }, 0),
  )
  return scores.indexOf(Math.max(...scores))
}

describe('a ColBERT model by its name', () => {
  it('gives, through the pool, the multivectors that the encoder gives', async () => {
    await using embedding = await LateInteractionTextEmbedding.create({
      model: MODEL.toUpperCase(),
      modelsFolder,
      workers: 1,
    })
    expect(embedding.model).toBe(MODEL)
    expect(embedding.embeddingSize).toBe(DIMENSION)
    const documents: Multivector[] = []
    for await (const vector of embedding.embed(TEXTS)) documents.push(vector)
    const queries = await embedding.queryEmbed(TEXTS)

    const encoder = await ColbertEncoder.open({ model: MODEL, modelsFolder })
    for (const [side, vectors] of [['document', documents] as const, ['query', queries] as const]) {
      const { late } = await encoder.encode(TEXTS, side)
      expect(vectors.map(({ rows }) => rows).reduce((sum, rows) => sum + rows, 0)).toBe(late!.offsets[TEXTS.length])
      expect(Float32Array.from(vectors.flatMap(({ values }) => [...values]))).toEqual(late!.values)
    }
    await encoder.close()
  })

  it('may stand in an upsert and in a query of an InferenceClient, each on its own side', async () => {
    const local = LocalClient.memory()
    const client = new InferenceClient({ client: local, modelsFolder, workers: 1 })
    await client.createCollection('c', {
      vectors: { late: { size: DIMENSION, distance: 'Cosine', multivector_config: { comparator: 'max_sim' } } },
    })
    await client.upsert('c', {
      points: TEXTS.map((text, i) => ({ id: i, vector: { late: { text, model: MODEL } } })),
    })
    const { points } = await client.query('c', { query: { text: QUESTION, model: MODEL }, using: 'late', limit: 3 })
    await client.close()
    await local.close()

    await using embedding = await LateInteractionTextEmbedding.create({ model: MODEL, modelsFolder, workers: 1 })
    const documents: Multivector[] = []
    for await (const vector of embedding.embed(TEXTS)) documents.push(vector)
    const [query] = await embedding.queryEmbed(QUESTION)
    expect(points.map(({ id }) => id)).toHaveLength(3)
    expect(points[0]!.id).toBe(bestByMaxSim(query!, documents))
  })

  it('says what it cut of a text that a dense model beside it takes whole', async () => {
    const dense = 'sentence-transformers/all-MiniLM-L6-v2'
    const text = Array.from({ length: 80 }, () => 'word').join(' ')
    const encoder = await openEncoder({ dense, sparse: 'Qdrant/bm25', late: MODEL, modelsFolder })
    const { tokens, cutTokens, late } = await encoder.encode(['short', text], 'document')
    await encoder.close()
    expect([...tokens]).toEqual([3, 82])
    expect([...cutTokens]).toEqual([0, 43])
    expect([...late!.offsets]).toEqual([0, 4, 44])
  })

  it('has room for its marker in chunks of documents', async () => {
    const spec = { late: MODEL, modelsFolder }
    await expect(planChunking({ maxTokens: 40 }, spec)).rejects.toThrow(/expected 3 to 39 tokens/)
    const plan = await planChunking({ maxTokens: 39 }, spec)
    const chunker = await DocumentChunker.open(plan!, { modelsFolder })
    const text = Array.from({ length: 80 }, (_, i) => `Sentence ${i}.`).join(' ')
    const chunks = chunker.cut({ id: 1, text, payload: {} }, 1, 'a.txt')
    const encoder = await ColbertEncoder.open({ model: MODEL, modelsFolder })
    const { cutTokens } = await encoder.encode(
      chunks.map((chunk) => chunk.text),
      'document',
    )
    await encoder.close()
    expect(chunks.length).toBeGreaterThan(5)
    expect(new Set(cutTokens)).toEqual(new Set([0]))
  })

  it('is the late-interaction model of offgrid ingest --late-model and of the search after it', async () => {
    const env = { OFFGRID_MODELS: modelsFolder, OFFGRID_CACHE: join(root, 'cache') }
    const lines = TEXTS.map((text, i) => JSON.stringify({ id: i, text }))
    await writeFile(join(root, 'corpus.jsonl'), lines.join('\n'))
    const ingest = [
      'ingest',
      'corpus.jsonl',
      '--vectors',
      'bm25,late',
      '--late-model',
      MODEL,
      '--workers',
      '1',
      '--json',
    ]
    const stored = await runCli([...ingest, '--json'], { cwd: root, env })
    expect(stored).toMatchObject({ code: 0 })
    expect(JSON.parse(stored.stdout)).toMatchObject({ points: 3, failed: 0 })
    const refused = await runCli([...ingest, '--pool-factor', '2'], { cwd: root, env })
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('poolFactor (--pool-factor): found nothing, expected 2'),
    })

    const store = await LocalClient.open({ path: join(root, '.offgrid/store') })
    const { config } = await store.getCollection('hybrid-search')
    await store.close()
    expect(config.params.vectors).toMatchObject({
      'colbertv2.0': { size: DIMENSION, distance: 'Cosine', multivector_config: { comparator: 'max_sim' } },
    })

    const search = ['search', QUESTION, '--methods', 'bm25,late', '--json', '--quiet']
    const found = await runCli(search, { cwd: root, env })
    expect(found).toMatchObject({ code: 0, stderr: '' })
    const { hits } = JSON.parse(found.stdout) as { hits: { documentId: number; ranks: { late: number | null } }[] }
    expect(hits[0]!.documentId).toBe(1)
    expect(hits[0]!.ranks.late).toBe(1)
  })
})
