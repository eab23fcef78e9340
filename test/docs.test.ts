import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { COMMANDS } from '../src/cli/command-list.js'
import { fastEmbedModels } from '../src/onnx/model-registry.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const page = readFileSync(new URL('../docs/from-fastembed.md', import.meta.url), 'utf8')

test('docs/from-fastembed.md has the state of every text model that FastEmbed lists, and promises nothing', () => {
  const rows = page.split('\n').filter((line) => line.startsWith('| `') && line.split(' | ').length === 4)
  const listed = rows.map((row) => row.split('`')[1])
  const names = fastEmbedModels().map(({ name }) => name)
  expect(names.filter((name) => !listed.includes(name))).toEqual([])
  expect(page).not.toMatch(/planned|to do|not yet|coming soon/i)
})

test('docs/air-gap.md names only options that its commands have', () => {
  const main = fileURLToPath(new URL('../dist/src/cli/main.js', import.meta.url))
  const airGap = readFileSync(new URL('../docs/air-gap.md', import.meta.url), 'utf8')
  for (const command of ['pull', 'bundle', 'unbundle', 'verify', 'import']) {
    const help = execFileSync(process.execPath, [main, 'models', command, '--help'], { encoding: 'utf8' })
    const uses = [...airGap.matchAll(new RegExp(`models ${command}\\b([^#\\n\`]*)`, 'g'))]
    const options = uses.flatMap(([, rest]) => rest!.match(/--[a-z\d-]+/g) ?? [])
    expect(options.filter((option) => !help.includes(`${option} `))).toEqual([])
  }
})

test('docs/error-codes.md has every code that the source throws, and no other', () => {
  const script = join(root, 'scripts', 'make-error-codes.js')
  const thrown = JSON.parse(execFileSync(process.execPath, [script, '--list'], { encoding: 'utf8' }))
  const errorCodes = readFileSync(join(root, 'docs', 'error-codes.md'), 'utf8')
  const listed = Array.from(errorCodes.matchAll(/^\| `([A-Z\d_]+)` \|/gm), ([, code]) => code)
  expect(listed, 'run: node scripts/make-error-codes.js').toEqual(thrown)
})

test('the list of error codes holds whatever a new error of the source begins with', () => {
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  )
  const errorCodes = readFileSync(join(root, 'docs', 'error-codes.md'), 'utf8')
  const codes = sources.flatMap((name) =>
    Array.from(
      readFileSync(join(root, 'src', name), 'utf8').matchAll(/new \w+(?:Error|Refusal)\((?:\d+,\s*)?\s*'([A-Z\d_]+)'/g),
      ([, code]) => code!,
    ),
  )
  expect(codes.length).toBeGreaterThan(300)
  expect([...new Set(codes)].filter((code) => !errorCodes.includes(`| \`${code}\` |`))).toEqual([])
})

/** Pages of the repository that its readers go through. */
const PAGES = [
  ...[
    'README.md',
    'ARCHITECTURE.md',
    'CHANGELOG.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    'bench/README.md',
    'bench/RESULTS.md',
  ],
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

test('every link of a page leads to a file that is there, and to a heading that it has', () => {
  const anchor = (heading: string) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(/\s/g, '-')
  const broken = PAGES.flatMap((name) =>
    Array.from(readFileSync(join(root, name), 'utf8').matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)).flatMap(
      ([link, path, section]) => {
        const target = path === '' ? join(root, name) : join(root, dirname(name), path!)
        if (!existsSync(target)) return [`${name}: ${link}`]
        if (section === undefined) return []
        const headings = Array.from(readFileSync(target, 'utf8').matchAll(/^#+ (.*)$/gm), ([, title]) => anchor(title!))
        return headings.includes(section) ? [] : [`${name}: ${link}`]
      },
    ),
  )
  expect(broken).toEqual([])
})

test('docs/README.md, the index, names every page', () => {
  const index = readFileSync(join(root, 'docs', 'README.md'), 'utf8')
  const pages = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md') && name !== 'README.md')
  expect(pages.filter((name) => !index.includes(`(${name})`))).toEqual([])
})

test('the table of commands in README.md has every command', () => {
  const table = readFileSync(join(root, 'README.md'), 'utf8').split('## Commands')[1]!
  const missing = COMMANDS.filter(({ name }) => !new RegExp(`^\\| \`${name}\\b`, 'm').test(table))
  expect(missing.map(({ name }) => name)).toEqual([])
})

test('the commands of README.md and of the tutorial are commands with options that they have', () => {
  const main = join(root, 'dist', 'src', 'cli', 'main.js')
  const helps = new Map<string, string>()
  const helpOf = (command: string) => {
    if (!helps.has(command)) {
      helps.set(command, execFileSync(process.execPath, [main, ...command.split(' '), '--help'], { encoding: 'utf8' }))
    }
    return helps.get(command)!
  }
  const unknown = ['README.md', 'docs/tutorial.md'].flatMap((name) => {
    const text = readFileSync(join(root, name), 'utf8')
    const blocks = Array.from(text.matchAll(/^```\w*\n(.*?)^```/gms), ([, block]) => block!).join('\n')
    const uses = blocks.matchAll(/offgrid ((?:(?:models|store|runs) )?[a-z]+)\b([^\n#]*)/g)
    return Array.from(uses).flatMap(([, command, rest]) =>
      (rest!.match(/(?<=\s)--[a-z\d-]+/g) ?? [])
        .filter((option) => !new RegExp(`${option}\\b`).test(helpOf(command!)))
        .map((option) => `${name}: offgrid ${command} ${option}`),
    )
  })
  expect(helps.size).toBeGreaterThan(1)
  expect(unknown).toEqual([])
})
