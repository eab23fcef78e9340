export { QdrantClient } from './qdrant-client.js';
export { withHeaders } from './context-headers.js';
export * from './errors.js';
