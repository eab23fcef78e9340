import { describe, expect, it } from 'vitest'
import { ARCHITECTURES, MODEL_KINDS, POOLINGS } from '../../src/onnx/manifest.js'
import {
  fastEmbedModels,
  findKnownModel,
  knownModels,
  matchModel,
  publishedFiles,
} from '../../src/onnx/model-registry.js'

describe('the models that FastEmbed lists', () => {
  it('are 41 dense, 6 sparse, 5 late-interaction models and 8 rerankers, each under its own name', () => {
    const counts = MODEL_KINDS.map((kind) => fastEmbedModels().filter((model) => model.kind === kind).length)
    expect(counts).toEqual([41, 6, 5, 8])
    expect(new Set(fastEmbedModels().map(({ name }) => name.toLowerCase())).size).toBe(60)
  })

  it('have what a manifest entry needs: architecture, network, dimension, pooling', () => {
    for (const model of knownModels()) {
      expect(ARCHITECTURES, model.name).toContain(model.architecture)
      expect(model.network, model.name).toMatch(/^[\w./-]+$/)
      const isDense = model.kind === 'dense'
      if (isDense) expect(POOLINGS, model.name).toContain(model.pooling)
      else expect(model.pooling, model.name).toBeNull()
      if (isDense || model.kind === 'late') expect(model.dimension, model.name).toBeGreaterThan(0)
      expect(model.sources.hf ?? model.sources.url, model.name).toBeTruthy()
    }
  })

  // FastEmbed's classes: mean and normalized, mean and as it is, [CLS], last token, the graph's own, a table
  it.each([
    ['sentence-transformers/all-MiniLM-L6-v2', { pooling: 'mean' }],
    ['intfloat/multilingual-e5-large', { pooling: 'mean', normalize: false }],
    ['BAAI/bge-small-en-v1.5', { pooling: 'cls' }],
    ['Qwen/Qwen3-Embedding-0.6B', { pooling: 'lastToken' }],
    ['google/embeddinggemma-300m', { pooling: 'none', normalize: false, output: 1 }],
    ['minishlab/potion-base-8M', { architecture: 'static' }],
  ])('are run as FastEmbed runs them: %s', (name, form) => {
    expect(findKnownModel(name.toUpperCase())).toMatchObject(form)
    if (!('normalize' in form)) expect(findKnownModel(name)).not.toHaveProperty('normalize')
  })

  it.each([
    ['intfloat/multilingual-e5-large', 'query: ', 'passage: '],
    ['nomic-ai/nomic-embed-text-v1.5-Q', 'search_query: ', 'search_document: '],
    ['BAAI/bge-base-en', 'Represent this sentence for searching relevant passages: ', undefined],
    ['snowflake/snowflake-arctic-embed-m-long', 'Represent this sentence for searching relevant passages: ', undefined],
    ['thenlper/gte-base', undefined, undefined],
    ['MongoDB/mdbr-leaf-ir', 'Represent this sentence for searching relevant passages: ', undefined],
    ['intfloat/e5-small-v2', 'query: ', 'passage: '],
    ['thenlper/gte-small', undefined, undefined],
    ['sentence-transformers/all-MiniLM-L6-v2', undefined, undefined],
  ])('have the prefixes of their cards: %s', (name, queryPrefix, passagePrefix) => {
    expect(findKnownModel(name)?.queryPrefix).toBe(queryPrefix)
    expect(findKnownModel(name)?.passagePrefix).toBe(passagePrefix)
  })

  it('are undefined by a name that is none of theirs', () => {
    expect(findKnownModel('all-MiniLM-L')).toBeUndefined()
  })
})

describe('the models that are known beside those of FastEmbed', () => {
  it('are listed with dimension, length and licence, under names that FastEmbed does not have', () => {
    const listed = new Set(fastEmbedModels().map(({ name }) => name.toLowerCase()))
    const others = knownModels().slice(listed.size)
    expect(others.length).toBeGreaterThan(10)
    for (const model of others) {
      expect(listed, model.name).not.toContain(model.name.toLowerCase())
      expect(model.maxTokens, model.name).toBeGreaterThan(0)
      expect(model.licence, model.name).toMatch(/^(mit|apache-2\.0)$/)
      expect(model.sources.hf, model.name).toBe(model.name)
    }
  })

  it('say where prompts are from, wherever there are any', () => {
    for (const model of knownModels()) {
      const hasPrompts = model.queryPrefix !== undefined || model.passagePrefix !== undefined
      expect(model.promptSource !== undefined, model.name).toBe(hasPrompts)
    }
  })

  it('state sums that are sums, each of a file of one model', () => {
    const owners = new Map<string, string>()
    for (const model of knownModels()) {
      for (const { path, sizeBytes, sha256 } of publishedFiles(model)) {
        expect(sha256).toMatch(/^[0-9a-f]{64}$/)
        expect(sizeBytes).toBeGreaterThan(0)
        if (path === 'tokenizer.json') continue
        expect(owners.get(sha256) ?? model.name).toBe(model.name)
        owners.set(sha256, model.name)
      }
    }
    expect(owners.size).toBeGreaterThan(3)
  })
})

describe('the name of a model', () => {
  const names = ['a/Tiny', 'b/tiny', 'c/Large', 'sentence-transformers/all-MiniLM-L6-v2', 'tiny-alone']
  const match = (wanted: string) => matchModel(wanted, names, (name) => name)

  it.each([
    ['A/TINY', 'a/Tiny'],
    ['large', 'c/Large'],
    ['TINY-alone', 'tiny-alone'],
    ['x/large', undefined],
    ['', undefined],
    ['fast-all-MiniLM-L6-v2', 'sentence-transformers/all-MiniLM-L6-v2'],
    ['Xenova/all-MiniLM-L6-v2', 'sentence-transformers/all-MiniLM-L6-v2'],
    ['qdrant/all-minilm-l6-v2-ONNX', 'sentence-transformers/all-MiniLM-L6-v2'],
    ['all-minilm', 'sentence-transformers/all-MiniLM-L6-v2'],
    ['all-MiniLM-L6-v2', 'sentence-transformers/all-MiniLM-L6-v2'],
  ])('%s means %s', (wanted, name) => {
    expect(match(wanted)).toBe(name)
  })

  it('that several end with is refused with their names', () => {
    expect(() => match('tiny')).toThrow(
      expect.objectContaining({ code: 'AMBIGUOUS_MODEL', message: expect.stringContaining('a/Tiny or b/tiny') }),
    )
  })

  it('of a repository of FastEmbed is the model that lies in it', () => {
    expect(findKnownModel('qdrant/bge-small-en-v1.5-onnx-q')?.name).toBe('BAAI/bge-small-en-v1.5')
  })
})
