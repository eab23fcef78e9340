import { constants } from 'node:fs'
import { access, realpath, stat } from 'node:fs/promises'
import { basename, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { InputError } from '../../errors.js'
import type { OnNotice } from '../input-notice.js'
import { chooseFiles } from './choose-files.js'
import { describeForeign } from './foreign-format.js'
import { type Compression, fileKindOf, type InputFormat, KNOWN_ENDINGS } from './input-format.js'
import { globBase, globToRegExp, isGlob } from './match-glob.js'
import { isNotUtf8 } from './open-bytes.js'
import { walkFolder } from './walk-folder.js'

/** The source that stands for what comes on stdin. */
export const STDIN = '-'

/** One file to read, or stdin (`path` is `-`). */
export interface Input {
  readonly path: string
  /** `lines` is one text a line. null: the ending is not known and the file was found by a pattern. */
  readonly format: InputFormat | 'lines' | null
  readonly compression: Compression | null
  /**
   * Path with `/`, by which a text file is known whatever source led to it and whatever else is read: from the working folder, or for what lies
   * outside of it from the root.
   */
  readonly id: string
  /** Path below the directory or pattern that led to the file: the id that a text file had before. */
  readonly formerId: string
}

export interface ResolveOptions {
  /** What all sources are, whatever their names say. @default by the ending; jsonl on stdin */
  readonly format?: InputFormat | undefined
  readonly onNotice?: OnNotice | undefined
}

type Found = Omit<Input, 'id'>

/**
 * The files that the sources stand for, each once: a file as it is, what is taken of a directory at any depth, a pattern's matches, each sorted by path.
 * @throws InputError `INPUT_NOT_FOUND`, `INPUT_UNREADABLE`, `UNSUPPORTED_FORMAT`
 */
export async function resolveSources(sources: readonly string[], options: ResolveOptions = {}): Promise<Input[]> {
  const inputs = new Map<string, Input>()
  const twice: string[] = []
  for (const source of sources) {
    for (const file of await resolveSource(source, options)) {
      if (file.path === STDIN) {
        inputs.set(STDIN, { ...file, id: STDIN })
        continue
      }
      const path = resolve(file.path)
      // a link to nothing is told by its reader
      const real = await realpath(path).catch(() => path)
      const first = inputs.get(real)
      if (first !== undefined) twice.push(file.path)
      // of a file and links to it the file counts, in the place of the first
      if (first === undefined || path === real) inputs.set(real, { ...file, id: idOf(path, real) })
    }
  }
  if (twice.length > 0) {
    const others = twice.length === 1 ? '' : `; so are ${twice.length - 1} others`
    const message = `the file is named more than once, by its name or by a link, and read once${others}`
    options.onNotice?.({ kind: 'twice', file: twice[0]!, message })
  }
  return [...inputs.values()]
}

/** The same path for a file however it is named: see {@link Input}. */
function idOf(path: string, real: string): string {
  return (belowHere(path) ?? belowHere(real) ?? path).split(sep).join('/')
}

/** The path from the working folder, null for what lies outside. */
function belowHere(path: string): string | null {
  const below = relative(process.cwd(), path)
  return below === '..' || below.startsWith(`..${sep}`) || isAbsolute(below) ? null : below
}

async function resolveSource(source: string, options: ResolveOptions): Promise<readonly Found[]> {
  const { format } = options
  if (source === STDIN) {
    const file: Found = { path: STDIN, format: readAs(format) ?? 'jsonl', compression: null, formerId: STDIN }
    return [file]
  }
  const found = source === '' ? null : await stat(source).catch(() => null)
  if (found?.isDirectory()) return await resolveDirectory(source, options)
  if (found !== null) return [await resolveFile(source, format)]
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(source)) throw remoteSource(source)
  if (isGlob(source)) return await resolveGlob(source, format)
  // what a shell made of a pattern: its reader rejects it, as one that was found in a folder
  if (isNotUtf8(source)) return [{ path: source, ...kindAs(source, format), formerId: basename(source) }]
  throw new InputError(
    'INPUT_NOT_FOUND',
    `Expected a file, a directory, a pattern or - for stdin, got ${JSON.stringify(source)}, which does not exist; check the path.`,
  )
}

function readAs(format: InputFormat | undefined): Input['format'] | undefined {
  return format === 'text' ? 'lines' : format
}

/** What a file is read as. */
function kindAs(path: string, format: InputFormat | undefined): Pick<Input, 'format' | 'compression'> {
  const kind = fileKindOf(path)
  return { format: readAs(format) ?? kind.format, compression: kind.compression }
}

function remoteSource(source: string): InputError {
  const todo = /^https?:/i.test(source)
    ? `download it first (curl -LO ${source}), or pipe it: curl -L ${source} | offgrid ingest - (with --format where it is not JSON lines)`
    : 'copy it here first'
  return new InputError(
    'INPUT_NOT_FOUND',
    `Expected a file, a directory, a pattern or - for stdin, got the address ${source}; nothing is read over the network: ${todo}.`,
  )
}

async function resolveFile(path: string, format: InputFormat | undefined): Promise<Found> {
  const file: Found = { path, ...kindAs(path, format), formerId: basename(path) }
  await access(path, constants.R_OK).catch((error) => {
    throw new InputError(
      'INPUT_UNREADABLE',
      `Expected a file that may be read, got ${path} (${error.code}); check its permissions.`,
    )
  })
  if (file.format !== null) return file
  const foreign = await describeForeign(path)
  throw new InputError(
    'UNSUPPORTED_FORMAT',
    foreign === null
      ? `Expected a file that ends in one of ${KNOWN_ENDINGS}, got ${path}; rename it by what it holds, or say it: --format jsonl, csv, text, …`
      : `Expected a file that ends in one of ${KNOWN_ENDINGS}, got ${path}, which is ${foreign}.`,
  )
}

async function resolveDirectory(directory: string, { format, onNotice }: ResolveOptions): Promise<readonly Found[]> {
  const { files, notice } = chooseFiles(directory, await walkFolder(directory), format)
  if (files.length === 0) {
    throw new InputError(
      'INPUT_NOT_FOUND',
      `Expected a directory with .jsonl, .csv, .parquet, .txt or .md files, got none to read in ${notice.message}; name other files one by one or by a pattern.`,
    )
  }
  onNotice?.(notice)
  return files.map((below) => ({ path: join(directory, below), ...kindAs(below, format), formerId: below }))
}

/** @throws InputError `INPUT_NOT_FOUND` if there is nothing in which a pattern could match */
async function requireFolder(folder: string, pattern: string): Promise<void> {
  const found = await stat(folder).catch((error: NodeJS.ErrnoException) => error)
  const isThere = !(found instanceof Error)
  // what may not be looked into is told where it is read
  if (isThere ? found.isDirectory() : !['ENOENT', 'ENOTDIR'].includes(found.code!)) return
  throw new InputError(
    'INPUT_NOT_FOUND',
    `Expected files that match ${JSON.stringify(pattern)}, got none, because ${isThere ? `${folder} is no folder` : `there is no folder ${folder}`}; check the path.`,
  )
}

async function resolveGlob(source: string, format: InputFormat | undefined): Promise<readonly Found[]> {
  const glob = source.replaceAll('\\', '/').replace(/^(?:\.\/)+/, '')
  const base = globBase(glob)
  const prefix = base === '.' ? '' : base === '/' ? '/' : `${base}/`
  const expression = globToRegExp(glob)
  const maxDepth = glob.includes('**') ? Number.POSITIVE_INFINITY : glob.slice(prefix.length).split('/').length
  // a pattern that names what is hidden wants it
  const hidden = /(?:^|\/)(?:\.[^./]|node_modules)/.test(glob.slice(prefix.length))
  await requireFolder(base, source)
  const { files } = await walkFolder(base, { maxDepth, hidden })
  const matches = files.filter((below) => expression.test(prefix + below))
  if (matches.length === 0) {
    throw new InputError(
      'INPUT_NOT_FOUND',
      `Expected files that match ${JSON.stringify(source)}, got none; check the pattern.`,
    )
  }
  return matches.map((below) => ({ path: prefix + below, ...kindAs(below, format), formerId: below }))
}
