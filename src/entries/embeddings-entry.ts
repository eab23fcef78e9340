export type { Bm25EmbeddingOptions } from '../embeddings/bm25-embedding-options.js'
export type { DenseVectors } from '../embeddings/dense-vectors.js'
export type {
  EmbedBatchesOptions,
  Embedded,
  Embedding,
  EmbedOptions,
  OnError,
  SignalOptions,
} from '../embeddings/embedding.js'
export type { EmbeddingOptions, Truncation } from '../embeddings/embedding-options.js'
export type { EmbeddingStats } from '../embeddings/embedding-stats.js'
export {
  type LateInteractionOptions,
  LateInteractionTextEmbedding,
} from '../embeddings/late-interaction-text-embedding.js'
export type { Texts } from '../embeddings/map-texts.js'
export type { Multivectors } from '../embeddings/multivectors.js'
export type { OutputArrays } from '../embeddings/output-vector.js'
export {
  type ExplainOptions,
  type SparseEmbeddingOptions,
  SparseTextEmbedding,
} from '../embeddings/sparse-text-embedding.js'
export type { SparseVectors } from '../embeddings/sparse-vectors.js'
export type { OwnModel, SupportedModel, SupportedModelsOptions } from '../embeddings/supported-models.js'
export { type CrossEncoderOptions, TextCrossEncoder, type TextPairs } from '../embeddings/text-cross-encoder.js'
export { type DenseEmbeddingOptions, TextEmbedding } from '../embeddings/text-embedding.js'
export type { FailedText } from '../embeddings/text-outcome.js'
export { toArray } from '../embeddings/to-array.js'
export type { TokenCount } from '../embeddings/token-counter.js'
export type { Bm25Term } from '../encoders/bm25/bm25.js'
export type { Bm25Options, OwnStemmer } from '../encoders/bm25/bm25-options.js'
export type { EncodedBatch, EncodeOptions, Encoder, Side } from '../encoders/encoder.js'
export type { EncoderSpec } from '../encoders/open-encoder.js'
export type { TextPair } from '../encoders/pairs/pair-scorer.js'
export type { Prefixes } from '../encoders/prefixes.js'
export type { Bm42Options } from '../encoders/sparse/bm42.js'
export type { MinicoilOptions } from '../encoders/sparse/minicoil.js'
export { type ErrorKind, InputError, ModelError, OffgridError, VectorError, WorkerError } from '../errors.js'
export type { Precision } from '../graph/precision.js'
export type { Pooling } from '../onnx/manifest.js'
export { EncoderPool, type PoolActivity, type PooledEncoder, type PoolOptions } from '../pool/encoder-pool.js'
export type { OpenLimits } from '../pool/open-encoders.js'
export { usableCores } from '../pool/usable-cores.js'
export { maxSim } from '../scoring/max-sim.js'
export { Muvera, type MuveraOptions, type TokenRows } from '../scoring/muvera.js'
export type { OutputType } from '../vectors/quantize-dense.js'
export type {
  DenseBatch,
  DenseVector,
  Multivector,
  MultivectorBatch,
  SparseBatch,
  SparseVector,
  Vector,
} from '../vectors.js'
