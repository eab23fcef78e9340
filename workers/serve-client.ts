import { parentPort } from 'node:worker_threads'
import { serveClient } from '../src/stores/client-thread-task.js'

/** Thread entry point of the embedded store that a service answers Qdrant's REST from. */
serveClient(parentPort!)
