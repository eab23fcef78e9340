export type { Payload, PointId } from '../document.js'
export { type ErrorKind, InputError, OffgridError, StoreError, VectorError } from '../errors.js'
export type { LocalStorageOptions } from '../stores/local/local-storage.js'
export type { WriteOptions } from '../stores/local-client/collections-client.js'
export { LocalClient, type LocalClientOptions } from '../stores/local-client/local-client.js'
export type { ReadOptions as ClientReadOptions } from '../stores/local-client/points-client.js'
export { openQdrant as openQdrantStore } from '../stores/open-qdrant.js'
export type { FailedPoint } from '../stores/partial-upsert-error.js'
export type { QdrantStore } from '../stores/qdrant/qdrant-store.js'
export type { QdrantStoreOptions } from '../stores/qdrant/qdrant-store-options.js'
export type { UploadSummary } from '../stores/qdrant/upload/upload.js'
export { UploadError } from '../stores/qdrant/upload/upload-error.js'
export type { UploadOptions } from '../stores/qdrant/upload/upload-options.js'
export { type PointColumns, uploadCollection } from '../stores/qdrant/upload-collection.js'
export type {
  CollectionConfig,
  CollectionDescription,
  Filter,
  Hit,
  PayloadIndexSchema,
  Point,
  PointReadOptions as ReadOptions,
  QueryRequest,
  Store,
  StoredPoint,
  VectorInput,
} from '../stores/store.js'
export type { DenseVector, Multivector, SparseVector, Vector } from '../vectors.js'
