export type { AdapterEmbeddingOptions } from '../adapters/dense-texts.js'
export { OffgridEmbedding } from '../adapters/llama-index-embedding.js'
