export {
  type ErrorKind,
  InputError,
  ModelError,
  OffgridError,
  StoreError,
  VectorError,
  WorkerError,
} from '../errors.js'
export { InferenceServer, type InferenceServerOptions } from '../serve/inference-server.js'
