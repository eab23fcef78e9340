export { OffgridEmbeddingModel, OffgridRerankingModel } from '../adapters/ai-sdk-models.js'
export type { AdapterEmbeddingOptions } from '../adapters/dense-texts.js'
export type { AdapterRerankerOptions } from '../adapters/ranked-documents.js'
