import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const SOURCES = join(ROOT, 'src', sep)
const RELATIVE_IMPORT = /\b(?:from |import\()'(\.[^']+)\.js'/g

export interface CompiledScript {
  /** The JavaScript file. */
  readonly path: string
  remove(): void
}

/**
 * Compiles a TypeScript file of this folder and the tests' own that it imports, for a process of its own: Node 20 runs JavaScript only.
 * The program itself is compiled already. The files lie below node_modules, where packages are found.
 */
export function compileScript(name: string): CompiledScript {
  const cache = join(ROOT, 'node_modules', '.cache')
  mkdirSync(cache, { recursive: true })
  const target = mkdtempSync(join(cache, 'offgrid-script-'))
  const done = new Set<string>()
  const compile = (source: string): string => {
    const output = join(target, relative(ROOT, source).replace(/\.ts$/, '.js'))
    if (done.has(source)) return output
    done.add(source)
    const { outputText } = ts.transpileModule(readFileSync(source, 'utf8'), {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: true },
    })
    for (const [, path] of outputText.matchAll(RELATIVE_IMPORT)) {
      const imported = resolve(dirname(source), `${path}.ts`)
      if (!imported.startsWith(SOURCES)) compile(imported)
    }
    mkdirSync(dirname(output), { recursive: true })
    writeFileSync(output, outputText)
    return output
  }
  const path = compile(join(import.meta.dirname, name))
  writeFileSync(join(target, 'package.json'), '{"type":"module"}')
  symlinkSync(join(ROOT, 'dist', 'src'), join(target, 'src'))
  return { path, remove: () => rmSync(target, { recursive: true, force: true }) }
}
