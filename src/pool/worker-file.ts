import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { WorkerError } from '../errors.js'

/**
 * A compiled entry point: beside dist/src when this runs compiled, in dist when it runs from the sources (tests).
 * @throws WorkerError `WORKER_FILE_MISSING`
 */
export function workerFile(name: string): string {
  const folder = import.meta.url.endsWith('.ts') ? '../../dist/workers' : '../../workers'
  const file = fileURLToPath(new URL(`${folder}/${name}.js`, import.meta.url))
  if (!existsSync(file)) {
    throw new WorkerError('WORKER_FILE_MISSING', `Expected the compiled worker at ${file}. Build first: npm run build.`)
  }
  return file
}
