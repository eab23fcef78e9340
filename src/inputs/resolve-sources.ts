import { constants } from 'node:fs'
import { access, readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { InputError } from '../errors.js'
import { type Compression, type InputFormat, KNOWN_ENDINGS, kindOf } from './input-format.js'
import { globBase, globToRegExp, isGlob } from './match-glob.js'

/** The source that stands for JSONL on stdin. */
export const STDIN = '-'

/** One file to read, or stdin (`path` is `-`). */
export interface Input {
  readonly path: string
  /** null: the ending is not known and the file was found by a pattern. */
  readonly format: InputFormat | null
  readonly compression: Compression | null
  /** Path below the directory or pattern that led to the file, with `/`: the id of a text file. */
  readonly relativePath: string
}

/**
 * The files that the sources stand for: a file as it is, a directory's .txt and .md files at any depth, a pattern's matches, each sorted by path.
 * @throws InputError `INPUT_NOT_FOUND`, `INPUT_UNREADABLE`, `UNSUPPORTED_FORMAT`
 */
export async function resolveSources(sources: readonly string[]): Promise<Input[]> {
  const inputs: Input[] = []
  for (const source of sources) for (const input of await resolveSource(source)) inputs.push(input)
  return inputs
}

async function resolveSource(source: string): Promise<Input[]> {
  if (source === STDIN) return [{ path: STDIN, format: 'jsonl', compression: null, relativePath: STDIN }]
  const found = source === '' ? null : await stat(source).catch(() => null)
  if (found?.isDirectory()) return await resolveDirectory(source)
  if (found !== null) return [await resolveFile(source)]
  if (isGlob(source)) return await resolveGlob(source)
  throw new InputError(
    'INPUT_NOT_FOUND',
    `Expected a file, a directory, a pattern or - for stdin, got ${JSON.stringify(source)}, which does not exist; check the path.`,
  )
}

async function resolveFile(path: string): Promise<Input> {
  const input: Input = { path, ...kindOf(path), relativePath: basename(path) }
  if (input.format === null) {
    throw new InputError(
      'UNSUPPORTED_FORMAT',
      `Expected a file that ends in one of ${KNOWN_ENDINGS}, got ${path}; rename it by what it holds.`,
    )
  }
  await access(path, constants.R_OK).catch((error) => {
    throw new InputError(
      'INPUT_UNREADABLE',
      `Expected a file that may be read, got ${path} (${error.code}); check its permissions.`,
    )
  })
  return input
}

async function resolveDirectory(directory: string): Promise<Input[]> {
  const inputs: Input[] = []
  for (const relativePath of await listFiles(directory)) {
    if (!/\.(?:txt|md)$/i.test(relativePath)) continue
    inputs.push({ path: join(directory, relativePath), format: 'text', compression: null, relativePath })
  }
  if (inputs.length === 0) {
    throw new InputError(
      'INPUT_NOT_FOUND',
      `Expected a directory with .txt or .md files, got ${directory}, which has none; name other files one by one or by a pattern.`,
    )
  }
  return inputs
}

async function resolveGlob(source: string): Promise<Input[]> {
  const glob = source.replaceAll('\\', '/').replace(/^(?:\.\/)+/, '')
  const base = globBase(glob)
  const prefix = base === '.' ? '' : base === '/' ? '/' : `${base}/`
  const expression = globToRegExp(glob)
  const maxDepth = glob.includes('**') ? Number.POSITIVE_INFINITY : glob.slice(prefix.length).split('/').length
  const matches = (await listFiles(base, maxDepth)).filter((relativePath) => expression.test(prefix + relativePath))
  if (matches.length === 0) {
    throw new InputError(
      'INPUT_NOT_FOUND',
      `Expected files that match ${JSON.stringify(source)}, got none; check the pattern.`,
    )
  }
  return matches.map((relativePath) => ({ path: prefix + relativePath, ...kindOf(relativePath), relativePath }))
}

/** Paths of all files below a directory, with `/`, sorted by code units. Links to files are followed, links to directories are not: they may form a ring. */
async function listFiles(directory: string, maxDepth = Number.POSITIVE_INFINITY): Promise<string[]> {
  const paths: string[] = []
  const open = ['']
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    const entries = await readdir(join(directory, folder), { withFileTypes: true }).catch((error) => {
      throw new InputError(
        'INPUT_UNREADABLE',
        `Expected a directory that may be read, got ${join(directory, folder)} (${error.code}).`,
      )
    })
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isDirectory()) {
        if (path.split('/').length < maxDepth) open.push(path)
      } else if (entry.isFile() || (entry.isSymbolicLink() && (await isLinkToFile(join(directory, path)))))
        paths.push(path)
    }
  }
  return paths.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}

async function isLinkToFile(path: string): Promise<boolean> {
  const target = await stat(path).catch(() => null)
  // A link to nothing is named as unreadable later on rather than passed over.
  return target === null || target.isFile()
}
