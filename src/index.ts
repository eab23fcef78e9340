export { DOCUMENT_NAMESPACE, type Document, type Payload, type PointId, pointId } from './document.js'
export type { Bm25EmbeddingOptions } from './embeddings/bm25-embedding-options.js'
export type { DenseVectors } from './embeddings/dense-vectors.js'
export type {
  EmbedBatchesOptions,
  Embedded,
  Embedding,
  EmbedOptions,
  OnError,
  SignalOptions,
} from './embeddings/embedding.js'
export type { EmbeddingOptions, Truncation } from './embeddings/embedding-options.js'
export type { EmbeddingStats } from './embeddings/embedding-stats.js'
export {
  type LateInteractionOptions,
  LateInteractionTextEmbedding,
} from './embeddings/late-interaction-text-embedding.js'
export type { Texts } from './embeddings/map-texts.js'
export type { Multivectors } from './embeddings/multivectors.js'
export type { OutputArrays } from './embeddings/output-vector.js'
export {
  type ExplainOptions,
  type SparseEmbeddingOptions,
  SparseTextEmbedding,
} from './embeddings/sparse-text-embedding.js'
export type { SparseVectors } from './embeddings/sparse-vectors.js'
export type { OwnModel, SupportedModel, SupportedModelsOptions } from './embeddings/supported-models.js'
export { type CrossEncoderOptions, TextCrossEncoder, type TextPairs } from './embeddings/text-cross-encoder.js'
export { type DenseEmbeddingOptions, TextEmbedding } from './embeddings/text-embedding.js'
export type { FailedText } from './embeddings/text-outcome.js'
export { toArray } from './embeddings/to-array.js'
export type { TokenCount } from './embeddings/token-counter.js'
export type { Bm25Term } from './encoders/bm25/bm25.js'
export type { OwnStemmer } from './encoders/bm25/bm25-options.js'
export type { TextPair } from './encoders/pairs/pair-scorer.js'
export type { Prefixes } from './encoders/prefixes.js'
export type { Bm42Options } from './encoders/sparse/bm42.js'
export type { MinicoilOptions } from './encoders/sparse/minicoil.js'
export { type ErrorKind, InputError, ModelError, OffgridError, StoreError, VectorError, WorkerError } from './errors.js'
export type { Precision } from './graph/encoder-graph.js'
export { InferenceClient, type InferenceClientOptions } from './inference/inference-client.js'
export type { Pooling } from './onnx/manifest.js'
export { EncoderPool, type PoolActivity, type PoolOptions } from './pool/encoder-pool.js'
export { usableCores } from './pool/usable-cores.js'
export { maxSim } from './scoring/max-sim.js'
export { Muvera, type MuveraOptions, type TokenRows } from './scoring/muvera.js'
export { InferenceServer, type InferenceServerOptions } from './serve/inference-server.js'
export type { LocalStorageOptions } from './stores/local/local-storage.js'
export type { WriteOptions } from './stores/local-client/collections-client.js'
export { LocalClient, type ReadOptions } from './stores/local-client/local-client.js'
export type { FailedPoint } from './stores/partial-upsert-error.js'
export { openQdrantStore, type QdrantStore } from './stores/qdrant/qdrant-store.js'
export type { QdrantStoreOptions } from './stores/qdrant/qdrant-store-options.js'
export type { UploadSummary } from './stores/qdrant/upload/upload.js'
export { UploadError } from './stores/qdrant/upload/upload-error.js'
export type { UploadOptions } from './stores/qdrant/upload/upload-options.js'
export { type PointColumns, uploadCollection } from './stores/qdrant/upload-collection.js'
export type {
  CollectionConfig,
  CollectionDescription,
  Filter,
  Hit,
  Point,
  QueryRequest,
  StoredPoint,
  VectorInput,
} from './stores/store.js'
export type { OutputType } from './vectors/quantize-dense.js'
export type { DenseVector, Multivector, SparseVector, Vector } from './vectors.js'
