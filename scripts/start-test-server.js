/** Compiles the Qdrant-speaking server of the tests, which is TypeScript, and runs it: see test/server/start.ts for its options. */
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import ts from 'typescript'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
// below node_modules, where packages are found and nothing is published
const target = join(root, 'node_modules', '.cache', 'offgrid-test-server')
const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: true }
const done = new Set()

/** A source file and all that it imports; types are `npm run check`'s business. */
function compile(source) {
  const output = join(target, relative(root, source).replace(/\.ts$/, '.js'))
  if (done.has(source)) return output
  done.add(source)
  const { outputText } = ts.transpileModule(readFileSync(source, 'utf8'), { compilerOptions })
  for (const [, path] of outputText.matchAll(/from '(\.[^']+)\.js'/g)) compile(resolve(dirname(source), `${path}.ts`))
  mkdirSync(dirname(output), { recursive: true })
  writeFileSync(output, outputText)
  return output
}

const program = compile(join(root, 'test', 'server', 'start.ts'))
// its imports name Qdrant's client as those of the package do
const { type, imports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
writeFileSync(join(target, 'package.json'), JSON.stringify({ type, imports }))
rmSync(join(target, 'vendor'), { force: true })
symlinkSync(join(root, 'vendor'), join(target, 'vendor'), 'junction')
await import(pathToFileURL(program).href)
