import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Steps of the import ladder: a file imports its own room and rooms on lower steps only. */
const LADDER: readonly (readonly string[])[] = [
  ['errors', 'start-failure', 'exports-of', 'document', 'vectors'],
  ['scoring', 'tokenizers', 'graph', 'onnx', 'inputs', 'chunking'],
  ['encoders'],
  ['pool', 'stores', 'hub', 'bundles'],
  ['pipeline', 'embeddings', 'inference', 'workers'],
  ['bench', 'serve'],
  ['cli', 'index'],
]
const MAX_LINES = 300
/** A native or thread library has one importer, so that its traps are kept in one place. */
const SOLE_IMPORTERS: Readonly<Record<string, string>> = {
  'onnxruntime-node': 'onnx',
  piscina: 'pool',
  'onnx-buf': 'graph',
  usearch: 'stores',
}

/** Who may speak to another machine: a store by its URL, the hub when a model is pulled; and what listens, for a run's metrics or to serve. */
const NETWORK_MODULES = /^node:(net|tls|https?|http2|dgram|dns)\b|^undici$/
const NETWORK_FILES = [
  ...[/^src\/hub\//, /^src\/stores\/qdrant\//, /^src\/cli\/run-metrics\.ts$/],
  /^src\/serve\/(http-service|connections|read-body|read-json|send-answer)\.ts$/,
  // a socket that is a file in the store's folder, which only the kernel sees
  /^src\/stores\/local\/lock-socket\.ts$/,
]
/** What a browser runs. */
const BROWSER_FILE = 'src/serve/playground-script.ts'
/** The one file that starts a pull. */
const PULLING_FILE = 'src/cli/models-pull.ts'

interface SourceFile {
  readonly path: string
  readonly room: string
  readonly lines: number
  readonly imports: readonly string[]
}

function sourceFiles(): SourceFile[] {
  return ['src', 'workers'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
      .map((name) => {
        const path = join(root, folder, name)
        const text = readFileSync(path, 'utf8')
        const imports = [
          ...text.matchAll(/^(?:import|export)\b[^'"]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm),
        ]
        return {
          path,
          room: folder === 'workers' ? 'workers' : name.split('/')[0]!.replace(/\.ts$/, ''),
          lines: text.split('\n').length - 1,
          imports: imports.map((match) => (match[1] ?? match[2] ?? match[3])!),
        }
      }),
  )
}

const files = sourceFiles()
const stepOf = (room: string) => LADDER.findIndex((rooms) => rooms.includes(room))
const shown = (path: string) => relative(root, path)
const targetOf = (file: SourceFile, specifier: string) => resolve(dirname(file.path), specifier.replace(/\.js$/, '.ts'))

describe('architecture', () => {
  test('every room has a step on the ladder and a heading in ARCHITECTURE.md', () => {
    const document = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')
    const rooms = [...new Set(files.map(({ room }) => room))]
    expect(rooms.filter((room) => stepOf(room) < 0)).toEqual([])
    const folders = rooms.filter((room) =>
      files.some((file) => file.room === room && !file.path.endsWith(`/src/${room}.ts`)),
    )
    expect(folders.filter((room) => !new RegExp(`^#+ .*\`(src/)?${room}/?\``, 'm').test(document))).toEqual([])
  })

  test('imports go down the ladder only', () => {
    const byPath = new Map(files.map((file) => [file.path, file]))
    const upward = files.flatMap((file) =>
      file.imports
        .filter((specifier) => specifier.startsWith('.'))
        .flatMap((specifier) => {
          const target = byPath.get(targetOf(file, specifier))
          if (target === undefined) return [`${shown(file.path)} imports ${specifier}, which is not there`]
          if (target.room === file.room || stepOf(target.room) < stepOf(file.room)) return []
          const isLowest = stepOf(file.room) === 0 && stepOf(target.room) === 0
          return isLowest ? [] : [`${shown(file.path)} imports ${shown(target.path)}`]
        }),
    )
    expect(upward).toEqual([])
  })

  test('no file imports itself through others', () => {
    const graph = new Map(
      files.map((file) => [
        file.path,
        file.imports.filter((name) => name.startsWith('.')).map((name) => targetOf(file, name)),
      ]),
    )
    const done = new Set<string>()
    const cycles: string[] = []
    const visit = (path: string, trail: readonly string[]) => {
      if (trail.includes(path)) {
        cycles.push([...trail.slice(trail.indexOf(path)), path].map(shown).join(' → '))
        return
      }
      if (done.has(path)) return
      for (const next of graph.get(path) ?? []) visit(next, [...trail, path])
      done.add(path)
    }
    for (const file of files) visit(file.path, [])
    expect(cycles).toEqual([])
  })

  test(`no file is longer than ${MAX_LINES} lines, no thread entry point longer than 40`, () => {
    const tooLong = files.filter(({ room, lines }) => lines > (room === 'workers' ? 40 : MAX_LINES))
    expect(tooLong.map(({ path, lines }) => `${shown(path)}: ${lines}`)).toEqual([])
  })

  test('native and thread libraries are imported in one room only', () => {
    const wrong = files.flatMap((file) =>
      file.imports
        .filter((name) => name in SOLE_IMPORTERS && SOLE_IMPORTERS[name] !== file.room)
        .map((name) => `${shown(file.path)} imports ${name}`),
    )
    expect(wrong).toEqual([])
  })

  test('no package is imported by its default export, which tools make different things of', () => {
    const wrong = files.filter(({ path }) => {
      const text = readFileSync(path, 'utf8')
      return (
        /^import (?!type )\w[^{}'\n]* from '(?!node:|\.)/m.test(text) ||
        /default: \w+ \} = await import\('(?!node:|\.)/.test(text)
      )
    })
    expect(wrong.map(({ path }) => shown(path))).toEqual([])
  })

  test('the network is used by a store, by the hub and by what listens, and nowhere else', () => {
    const wrong = files.flatMap((file) =>
      NETWORK_FILES.some((allowed) => allowed.test(shown(file.path)))
        ? []
        : file.imports
            .filter((name) => NETWORK_MODULES.test(name))
            .map((name) => `${shown(file.path)} imports ${name}`),
    )
    const fetching = files.filter(({ path }) =>
      /(?<![.\w])(fetch|WebSocket|EventSource)\(/.test(readFileSync(path, 'utf8')),
    )
    expect([...wrong, ...fetching.map(({ path }) => shown(path))]).toEqual([BROWSER_FILE])
  })

  test('the service listens and asks nobody', () => {
    const served = files.filter(({ room }) => room === 'serve').map(({ path }) => readFileSync(path, 'utf8'))
    const taken = served.flatMap((text) => [...text.matchAll(/^import (?!type)\{([^}]*)\} from 'node:https?'/gm)])
    const names = taken.flatMap((match) => match[1]!.split(',')).map((name) => name.trim())
    expect(names.filter((name) => !name.startsWith('type '))).toEqual(['createServer'])
  })

  test('the hub is asked by "models pull" alone', () => {
    const callers = files.filter(
      (file) => file.room !== 'hub' && file.imports.some((name) => shown(targetOf(file, name)).startsWith('src/hub/')),
    )
    expect(callers.map(({ path }) => shown(path))).toEqual([PULLING_FILE])
  })

  test('only the command line writes to the console or ends the process', () => {
    const wrong = files.filter(
      (file) =>
        file.room !== 'cli' &&
        /\bconsole\.|process\.(exit|stdout|stderr)\b/.test(
          readFileSync(file.path, 'utf8').replace(/^\s*(\/?\*|\/\/).*$/gm, ''),
        ),
    )
    expect(wrong.map(({ path }) => shown(path))).toEqual([])
  })
})
