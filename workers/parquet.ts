import { parentPort, workerData } from 'node:worker_threads'
import { type ParquetThreadData, serveParquet } from '../src/inputs/parquet/parquet-task.js'

/** Thread entry point of the Parquet reader: what loops or runs out of memory there can be ended from outside. */
serveParquet(parentPort!, workerData as ParquetThreadData)
