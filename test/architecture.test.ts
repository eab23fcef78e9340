import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

const architecture = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')
/** The two ladders stand on the page alone, so that it is never out of date: the one of the rooms, and those inside of rooms. */
const [ladder = '', subLadders = ''] = [
  ...architecture
    .split(/^## /m)
    .find((section) => section.startsWith('The ladder\n'))!
    .matchAll(/^```\n(.*?)^```/gms),
].map(([, text]) => text!)
const stepsOf = (text: string) => text.split('<').map((step) => step.trim().split(/\s+/))

/** Steps of the import ladder: a file imports its own room and rooms on lower steps only. */
const LADDER = stepsOf(ladder)
/**
 * Steps inside a room. A sub-room, or a file by its name, imports its own sub-room and what stands on lower steps only;
 * a name with a folder in front of it stands for that file of the folder.
 */
const SUB_ROOMS: Readonly<Record<string, readonly (readonly string[])[]>> = Object.fromEntries(
  subLadders.split(/\n(?=\w)/).map((line) => {
    const [room = '', steps = ''] = line.split(':')
    return [room, stepsOf(steps)]
  }),
)
/** What only the room of the stores knows of itself: its engine and its tables. */
const INSIDE_STORES = /^src\/stores\/(engine|table)\//
/** Tests of the whole: the architecture, the package and its release, reference outputs, the test server, the examples, deploy/. */
const BESIDE_SOURCES =
  /^((architecture|dependencies|docs|package|release)\.|(parity|server|examples|consumer|deploy|browser)\/)/
const MAX_LINES = 300
/** Files of one folder, beyond which nobody finds a thing in one guess. */
const MAX_FILES = 26
/** A native or thread library has one importer, so that its traps are kept in one place. */
const SOLE_IMPORTERS: Readonly<Record<string, string>> = {
  'onnxruntime-common': 'onnx',
  piscina: 'pool',
  bullmq: 'queue',
  ioredis: 'queue',
  'onnx-buf': 'graph',
}

/** Who may speak to another machine: a store by its URL, the hub when a model is pulled; and what listens, for a run's metrics or to serve. */
const NETWORK_MODULES = /^node:(net|tls|https?|http2|dgram|dns)\b|^undici$/
const NETWORK_FILES = [
  ...[/^src\/hub\//, /^src\/stores\/qdrant\//, /^src\/cli\/report\/run-metrics\.ts$/],
  /^src\/serve\/http\/(http-service|connections|read-body|read-json-body|send-answer)\.ts$/,
  // a socket that is a file in the store's folder, which only the kernel sees
  /^src\/stores\/local\/lock\/lock-socket\.ts$/,
]
/** The one file that starts a pull. */
const PULLING_FILE = 'src/cli/models/models-pull.ts'

interface SourceFile {
  readonly path: string
  readonly room: string
  readonly lines: number
  readonly imports: readonly string[]
}

function sourceFiles(): SourceFile[] {
  return ['src', 'workers'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.c?ts$/.test(name) && !name.endsWith('.d.ts'))
      .map((name) => {
        const path = join(root, folder, name)
        const text = readFileSync(path, 'utf8')
        const imports = [
          ...text.matchAll(/^(?:import|export)\b[^'"]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm),
        ]
        return {
          path,
          room: folder === 'workers' ? 'workers' : name.split('/')[0]!.replace(/\.c?ts$/, ''),
          lines: text.split('\n').length - 1,
          imports: imports.map((match) => (match[1] ?? match[2] ?? match[3])!),
        }
      }),
  )
}

const files = sourceFiles()
const byPath = new Map(files.map((file) => [file.path, file]))
const stepOf = (room: string) => LADDER.findIndex((rooms) => rooms.includes(room))
const shown = (path: string) => relative(root, path)
const targetOf = (file: SourceFile, specifier: string) => resolve(dirname(file.path), specifier.replace(/js$/, 'ts'))

/** The sources of what package.json lets be imported. */
const entryPoints = JSON.stringify(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).exports)
const isEntryPoint = (path: string) =>
  shown(path).startsWith('src/entries/') || entryPoints.includes(`"./dist/${shown(path).replace(/\.ts$/, '.js')}"`)

/** The name under which an entry of `export { … }` is known. */
const exportedName = (entry: string) =>
  entry
    .trim()
    .split(/^type\s+|\sas\s/)
    .at(-1)!
    .trim()

/** The step of a file inside its room; undefined for a room without sub-rooms, null where it is not on any. */
function placeIn({ path, room }: SourceFile): { name: string; step: number } | null | undefined {
  const steps = SUB_ROOMS[room]
  if (steps === undefined) return undefined
  const inside = shown(path)
    .replace(/^src\/[^/]+\/?/, '')
    .replace(/\.ts$/, '')
  const names = steps.flatMap((some, step) => some.map((name) => ({ name, step })))
  const found = names.filter(({ name }) => inside === name || inside.startsWith(`${name}/`))
  return found.toSorted((a, b) => b.name.length - a.name.length)[0] ?? null
}

describe('architecture', () => {
  test('every room has a step on the ladder and a heading in ARCHITECTURE.md', () => {
    const rooms = [...new Set(files.map(({ room }) => room))]
    expect(rooms.filter((room) => stepOf(room) < 0)).toEqual([])
    const folders = rooms.filter((room) =>
      files.some((file) => file.room === room && !new RegExp(`/src/${room}\\.c?ts$`).test(file.path)),
    )
    expect(folders.filter((room) => !new RegExp(`^#+ .*\`(src/)?${room}/?\``, 'm').test(architecture))).toEqual([])
  })

  test('the ladders name each room, sub-room and file once, and nothing that is not there', () => {
    const isThere = (name: string) =>
      files.some(({ path }) => `${shown(path).replace(/^src\/|\.c?ts$/g, '')}/`.startsWith(`${name}/`))
    const names = [
      ...LADDER.flat(),
      ...Object.entries(SUB_ROOMS).flatMap(([room, steps]) => steps.flat().map((name) => `${room}/${name}`)),
    ]
    expect(names.filter((name, i) => !isThere(name) || names.indexOf(name) !== i)).toEqual([])
  })

  test('a room with folders in it has a ladder of its own', () => {
    const divided = files.filter(({ path }) => shown(path).split('/').length > 3)
    expect(divided.filter(({ room }) => !(room in SUB_ROOMS)).map(({ path }) => shown(path))).toEqual([])
  })

  test('imports go down the ladder only', () => {
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

  test('inside a room, imports go down the steps of its sub-rooms only', () => {
    const upward = files.flatMap((file) => {
      const from = placeIn(file)
      if (from === undefined) return []
      if (from === null) return [`${shown(file.path)} stands on no step of its room`]
      return file.imports
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => byPath.get(targetOf(file, specifier)))
        .filter((target) => target !== undefined && target.room === file.room)
        .filter((target) => {
          const to = placeIn(target!)
          return to != null && to.name !== from.name && to.step >= from.step
        })
        .map((target) => `${shown(file.path)} imports ${shown(target!.path)}`)
    })
    expect(upward).toEqual([])
  })

  test('a server is a store like any other: only the public API and the doctor, who looks into it, know its class', () => {
    const knowing = files
      .filter(({ room }) => room !== 'stores')
      .filter((file) =>
        file.imports.some((specifier) => shown(targetOf(file, specifier)).startsWith('src/stores/qdrant/')),
      )
    expect(knowing.map(({ path }) => shown(path)).sort()).toEqual([
      'src/cli/doctor/check-store.ts',
      'src/entries/store-entry.ts',
    ])
  })

  test('nobody but the stores knows the engine and the tables', () => {
    const wrong = files
      .filter(({ room }) => room !== 'stores')
      .flatMap((file) =>
        file.imports
          .map((specifier) => shown(targetOf(file, specifier)))
          .filter((target) => INSIDE_STORES.test(target))
          .map((target) => `${shown(file.path)} imports ${target}`),
      )
    expect(wrong).toEqual([])
  })

  test(`no folder holds more than ${MAX_FILES} files`, () => {
    const counts = new Map<string, number>()
    for (const { path } of files) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1)
    const crowded = [...counts].filter(([, count]) => count > MAX_FILES)
    expect(crowded.map(([folder, count]) => `${shown(folder)}: ${count}`)).toEqual([])
  })

  test('no two files have one name', () => {
    const names = files.map(({ path }) => basename(path))
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
  })

  test('no two files export one name', () => {
    const declared = /^export (?:declare |abstract |async )*(?:const|let|function\*?|class|interface|type|enum) (\w+)/gm
    const listed = /^export (?:type )?\{([^}]*)\}/gm
    const owners = new Map<string, string[]>()
    // the entry points of the package hand on what others export
    for (const { path } of files.filter(({ path }) => !isEntryPoint(path))) {
      const text = readFileSync(path, 'utf8')
      const lists = [...text.matchAll(listed)].flatMap((match) => match[1]!.split(','))
      const names = [...[...text.matchAll(declared)].map((match) => match[1]!), ...lists.map(exportedName)]
      for (const name of new Set(names.filter((name) => name !== ''))) {
        owners.set(name, [...(owners.get(name) ?? []), shown(path)])
      }
    }
    expect([...owners].filter(([, paths]) => paths.length > 1)).toEqual([])
  })

  test('a test stands where the file that it tests stands', () => {
    const tests = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' }).filter(
      (name) => /\.(test|contract)\.ts$/.test(name) && !BESIDE_SOURCES.test(name),
    )
    const sources = new Set(files.map(({ path }) => shown(path).replace(/^src\/|\.c?ts$/g, '')))
    // src/room/file.ts is tested by test/room/file.test.ts, or file.what-of-it.test.ts
    const astray = tests.filter((name) => !sources.has(join(dirname(name), basename(name).split('.')[0]!)))
    expect(astray).toEqual([])
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
    expect([...wrong, ...fetching.map(({ path }) => shown(path))]).toEqual([])
  })

  test('the scripts of the page import each other alone, and one of them asks the service', () => {
    const scripts = readdirSync(join(root, 'page')).filter((name) => name.endsWith('.ts'))
    const texts = new Map(scripts.map((name) => [name, readFileSync(join(root, 'page', name), 'utf8')]))
    const imports = [...texts.values()].flatMap((text) => [
      ...text.matchAll(/^(?:import|export)\b[^']*?from '([^']+)'/gm),
    ])
    expect(
      imports.map((match) => match[1]!.replace(/^\.\/(.*)\.js$/, '$1.ts')).filter((name) => !texts.has(name)),
    ).toEqual([])
    const asking = [...texts].filter(([, text]) => /\b(fetch|WebSocket|EventSource|XMLHttpRequest)\b/.test(text))
    expect(asking.map(([name]) => name)).toEqual(['api.ts'])
    expect(
      [...texts].filter(([, text]) => text.split('\n').length > MAX_LINES || /innerHTML|eval\(/.test(text)),
    ).toEqual([])
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
