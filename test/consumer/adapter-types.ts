// Compiled against the packed package by test/package.test.ts, never run: what a user's compiler sees who has the other library, too.

import type { EmbeddingModelV3, RerankingModelV3 } from '@ai-sdk/provider'
import type { EmbeddingsInterface } from '@langchain/core/embeddings'
import type { BaseRetrieverInterface } from '@langchain/core/retrievers'
import type { BaseDocumentCompressor } from '@langchain/core/retrievers/document_compressors'
import type { BaseEmbedding } from '@llamaindex/core/embeddings'
import {
  type AdapterEmbeddingOptions,
  type AdapterRerankerOptions,
  OffgridEmbeddingModel,
  OffgridRerankingModel,
} from 'offgrid/ai-sdk'
import {
  OffgridEmbeddings,
  OffgridReranker,
  type OffgridRerankerOptions,
  OffgridRetriever,
  type OffgridRetrieverOptions,
} from 'offgrid/langchain'
import { OffgridEmbedding } from 'offgrid/llamaindex'

const embedding: AdapterEmbeddingOptions = { model: 'all-MiniLM-L6-v2', precision: 'int8', workers: 2 }
const reranking: AdapterRerankerOptions = { model: 'offgrid/all-MiniLM-L6-v2-late' }
const keeping: OffgridRerankerOptions = { ...reranking, topN: 3 }
const searching: OffgridRetrieverOptions = {
  store: 'my-store',
  collection: 'notes',
  limit: 4,
  methods: ['dense', 'bm25'],
}

export const embeddingModel: EmbeddingModelV3 = new OffgridEmbeddingModel(embedding)
export const rerankingModel: RerankingModelV3 = new OffgridRerankingModel(reranking)
export const embeddings: EmbeddingsInterface = new OffgridEmbeddings(embedding)
export const retriever: BaseRetrieverInterface = new OffgridRetriever(searching)
export const compressor: BaseDocumentCompressor = new OffgridReranker(keeping)
export const embedModel: BaseEmbedding = new OffgridEmbedding(embedding)
export const distant = new OffgridRetriever({ store: { url: 'http://127.0.0.1:6333' } })

// @ts-expect-error an option that there is not
export const wrong = new OffgridEmbeddings({ modelName: 'all-MiniLM-L6-v2' })
