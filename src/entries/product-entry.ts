export { type Chunk, type ChunkOptions, chunkText } from '../chunking/chunk-text.js'
export { DOCUMENT_NAMESPACE, type Document, type Payload, type PointId, pointId } from '../document.js'
export type { DocumentMapping, RecordFormat } from '../inputs/mapping/document-mapping.js'
export type { ChunkingOptions } from '../pipeline/collection/chunking-plan.js'
export type { ListWeights, Method } from '../pipeline/collection/collection-plan.js'
export type { Rejection } from '../pipeline/documents/good-documents.js'
export type { IngestProgress, IngestSummary } from '../pipeline/runs/ingest-tally.js'
export type { Evaluation, EvaluationHit, MethodResult, QueryResult } from '../pipeline/search/evaluate.js'
export type { EvaluationMethod } from '../pipeline/search/evaluation-methods.js'
export type { RankedHit, Ranks } from '../pipeline/search/search-options.js'
export type { CollectionPlace } from '../product/collection-place.js'
export { cosineOfVectors as cosineSimilarity } from '../product/cosine-of-vectors.js'
export { type EmbedAllOptions, embedAll } from '../product/embed-all.js'
export {
  type EvaluateCollectionOptions,
  evaluateCollection as evaluate,
  type JudgedQuestion,
} from '../product/evaluate-collection.js'
export { type IngestSources, type IngestSourcesOptions, ingestSources as ingest } from '../product/ingest-sources.js'
export { type SearchCollectionOptions, searchCollection as search } from '../product/search-collection.js'
