import { dropByPrefix, livePrefix, liveServer } from '../server/live-server.js'
import { inferenceClientContract } from './inference-client.contract.js'

const prefix = livePrefix()

inferenceClientContract(
  'InferenceClient over a server (QDRANT_URL)',
  async () => ({
    options: liveServer(),
    close: async () => {
      await dropByPrefix(prefix)
    },
  }),
  prefix,
)
