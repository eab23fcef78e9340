export {
  type ErrorKind,
  InputError,
  ModelError,
  OffgridError,
  StoreError,
  VectorError,
  WorkerError,
} from '../errors.js'
export { InferenceClient, type InferenceClientOptions } from '../inference/inference-client.js'
export type { LocalStorageOptions } from '../stores/local/local-storage.js'
export { LocalClient, type LocalClientOptions } from '../stores/local-client/local-client.js'
