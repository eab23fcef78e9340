import { parentPort } from 'node:worker_threads'
import { serveStores } from '../src/stores/store-thread-task.js'

/** Thread entry point of embedded stores that are read: a long search keeps no other thread. */
serveStores(parentPort!)
