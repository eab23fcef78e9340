export type { AdapterEmbeddingOptions } from '../adapters/dense-texts.js'
export {
  OffgridEmbeddings,
  OffgridReranker,
  type OffgridRerankerOptions,
  OffgridRetriever,
  type OffgridRetrieverOptions,
} from '../adapters/langchain-parts.js'
export type { AdapterRerankerOptions } from '../adapters/ranked-documents.js'
