/** Compiles the Qdrant-speaking server of the tests, which is TypeScript, and runs it: see test/server/start.ts for its options. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
// below node_modules, where packages are found and nothing is published
const target = join(root, 'node_modules', '.cache', 'offgrid-test-server')
const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
const options = ['--project', join(root, 'test', 'server', 'tsconfig.json'), '--outDir', target, '--incremental']
const { status } = spawnSync(process.execPath, [compiler, ...options], { stdio: ['ignore', 2, 2] })
if (status !== 0) process.exit(1)
writeFileSync(join(target, 'package.json'), '{"type":"module"}')
await import(pathToFileURL(join(target, 'test', 'server', 'start.js')).href)
