// Everything at once; a program that wants one part of it, and loads no more, imports its entry: offgrid/embeddings, /store, /inference, /serve.
export * from './entries/embeddings-entry.js'
export * from './entries/inference-entry.js'
export * from './entries/product-entry.js'
export * from './entries/serve-entry.js'
export * from './entries/store-entry.js'
