import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { WorkerError } from './errors.js'

/**
 * A compiled entry point: beside dist/src when this runs compiled, in dist when it runs from the sources (tests).
 * @throws WorkerError `WORKER_FILE_MISSING`
 */
export function workerFile(name: string): string {
  // a bundle in CommonJS has no such URL; a bundler that saw it beside new URL() would take the folder for a file of its own
  const here: string | undefined = import.meta.url
  if (here === undefined) throw missing(`workers/${name}.js`)
  const folder = here.endsWith('.ts') ? '../dist/workers' : '../workers'
  const file = fileURLToPath(new URL(`${folder}/${name}.js`, here))
  if (!existsSync(file)) throw missing(file)
  return file
}

function missing(file: string): WorkerError {
  return new WorkerError(
    'WORKER_FILE_MISSING',
    `Expected the compiled worker at ${file}. Build first: npm run build. If the program was bundled, leave offgrid out of the bundle (docs/bundlers.md).`,
  )
}
