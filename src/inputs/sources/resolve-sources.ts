import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { InputError } from '../../errors.js'
import type { OnNotice } from '../input-notice.js'
import { chooseFiles } from './choose-files.js'
import { describeForeign } from './foreign-format.js'
import { type Compression, fileKindOf, type InputFormat, KNOWN_ENDINGS } from './input-format.js'
import { globBase, globToRegExp, isGlob } from './match-glob.js'
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
   * Path with `/`, by which a text file is known whatever source led to it: from the working folder, or for what lies outside of it from the folder
   * that the sources have in common.
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
/** The files of a source and the folder that it names. */
interface FoundSource {
  readonly folder: string | null
  readonly files: readonly Found[]
}

/**
 * The files that the sources stand for, each once: a file as it is, what is taken of a directory at any depth, a pattern's matches, each sorted by path.
 * @throws InputError `INPUT_NOT_FOUND`, `INPUT_UNREADABLE`, `UNSUPPORTED_FORMAT`
 */
export async function resolveSources(sources: readonly string[], options: ResolveOptions = {}): Promise<Input[]> {
  const found: FoundSource[] = []
  for (const source of sources) found.push(await resolveSource(source, options))
  const common = commonFolder(found.flatMap(({ folder }) => (folder === null ? [] : resolve(folder))))
  const inputs = new Map<string, Input>()
  let twice: string | null = null
  for (const { files } of found) {
    for (const file of files) {
      const key = file.path === STDIN ? STDIN : resolve(file.path)
      if (inputs.has(key)) twice ??= file.path
      else inputs.set(key, { ...file, id: file.path === STDIN ? STDIN : idOf(key, common) })
    }
  }
  if (twice !== null)
    options.onNotice?.({
      kind: 'twice',
      file: twice,
      message: `${twice} and maybe others are named more than once, and read once`,
    })
  return [...inputs.values()]
}

/** The same path for a file however it is named: see {@link Input}. */
function idOf(path: string, common: string): string {
  const fromHere = relative(process.cwd(), path)
  const isBelow =
    fromHere !== '..' && !fromHere.startsWith(`..${sep}`) && resolve(fromHere) === path && !/^[a-z]:/i.test(fromHere)
  return (isBelow ? fromHere : relative(common, path)).split(sep).join('/')
}

/** The deepest folder in which all the folders lie. */
function commonFolder(folders: readonly string[]): string {
  const [first, ...others] = folders
  if (first === undefined) return process.cwd()
  let common = first
  for (const folder of others) {
    while (folder !== common && !folder.startsWith(common.endsWith(sep) ? common : common + sep)) {
      if (dirname(common) === common) return common
      common = dirname(common)
    }
  }
  return common
}

async function resolveSource(source: string, options: ResolveOptions): Promise<FoundSource> {
  const { format } = options
  if (source === STDIN) {
    const file: Found = { path: STDIN, format: readAs(format) ?? 'jsonl', compression: null, formerId: STDIN }
    return { folder: null, files: [file] }
  }
  const found = source === '' ? null : await stat(source).catch(() => null)
  if (found?.isDirectory()) return await resolveDirectory(source, options)
  if (found !== null) return { folder: dirname(source), files: [await resolveFile(source, format)] }
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(source)) throw remoteSource(source)
  if (isGlob(source)) return await resolveGlob(source, format)
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

async function resolveDirectory(directory: string, { format, onNotice }: ResolveOptions): Promise<FoundSource> {
  const { files, notice } = chooseFiles(directory, await walkFolder(directory), format)
  if (files.length === 0) {
    throw new InputError(
      'INPUT_NOT_FOUND',
      `Expected a directory with .jsonl, .csv, .parquet, .txt or .md files, got none to read in ${notice.message}; name other files one by one or by a pattern.`,
    )
  }
  onNotice?.(notice)
  const found = files.map(
    (below): Found => ({ path: join(directory, below), ...kindAs(below, format), formerId: below }),
  )
  return { folder: directory, files: found }
}

async function resolveGlob(source: string, format: InputFormat | undefined): Promise<FoundSource> {
  const glob = source.replaceAll('\\', '/').replace(/^(?:\.\/)+/, '')
  const base = globBase(glob)
  const prefix = base === '.' ? '' : base === '/' ? '/' : `${base}/`
  const expression = globToRegExp(glob)
  const maxDepth = glob.includes('**') ? Number.POSITIVE_INFINITY : glob.slice(prefix.length).split('/').length
  // a pattern that names what is hidden wants it
  const hidden = /(?:^|\/)(?:\.[^./]|node_modules)/.test(glob.slice(prefix.length))
  const { files } = await walkFolder(base, { maxDepth, hidden })
  const matches = files.filter((below) => expression.test(prefix + below))
  if (matches.length === 0) {
    throw new InputError(
      'INPUT_NOT_FOUND',
      `Expected files that match ${JSON.stringify(source)}, got none; check the pattern.`,
    )
  }
  return {
    folder: base,
    files: matches.map((below): Found => ({ path: prefix + below, ...kindAs(below, format), formerId: below })),
  }
}
