import { describe, expect, it } from 'vitest'
import { ARCHITECTURES, MODEL_KINDS, POOLINGS } from '../../src/onnx/manifest.js'
import { findKnownModel, knownModels } from '../../src/onnx/model-registry.js'

describe('the models that FastEmbed lists', () => {
  it('are 41 dense, 6 sparse, 5 late-interaction models and 8 rerankers, each under its own name', () => {
    const counts = MODEL_KINDS.map((kind) => knownModels().filter((model) => model.kind === kind).length)
    expect(counts).toEqual([41, 6, 5, 8])
    expect(new Set(knownModels().map(({ name }) => name.toLowerCase())).size).toBe(60)
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
    ['sentence-transformers/all-MiniLM-L6-v2', undefined, undefined],
  ])('have the prefixes of their cards: %s', (name, queryPrefix, passagePrefix) => {
    expect(findKnownModel(name)?.queryPrefix).toBe(queryPrefix)
    expect(findKnownModel(name)?.passagePrefix).toBe(passagePrefix)
  })

  it('are undefined by a name that is none of theirs', () => {
    expect(findKnownModel('all-MiniLM')).toBeUndefined()
  })
})
