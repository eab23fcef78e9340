export { QdrantClient, QdrantClientParams } from './qdrant-client.js';
export { withHeaders } from './context-headers.js';
export { Schemas } from './types.js';
export * from './errors.js';
