import { access, constants, lstat, mkdir, mkdtemp } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { ModelError } from '../errors.js'

type Environment = Readonly<Record<string, string | undefined>>

/** Names that are tried in the temporary folder, where others may have taken some. */
const NAMES = 8

/**
 * Folders of what can be made again, in the order in which it is looked for there; it is written to the last. That is `OFFGRID_CACHE`, else
 * `XDG_CACHE_HOME`/offgrid, else ~/.cache/offgrid; and where that cannot be made or written, after it a folder of the user's own in the
 * system's temporary folder. They exist when the promise resolves; there may be none.
 */
export async function openCacheFolders(env: Environment = process.env): Promise<string[]> {
  const named = await namedFolder(env)
  if (named !== null && (await isWritable(named))) return [named]
  // a read-only or missing home, as in containers
  const temporary = await privateFolder()
  return [named, temporary].filter((folder) => folder !== null)
}

/** The one of {@link openCacheFolders} that is written to. @throws ModelError `CACHE_NOT_WRITABLE` if there is none */
export async function openCacheFolder(env: Environment = process.env): Promise<string> {
  const folder = (await openCacheFolders(env)).at(-1)
  if (folder !== undefined) return folder
  throw new ModelError(
    'CACHE_NOT_WRITABLE',
    `Expected a folder for graphs and checked sums, got none that can be written: neither ${nameOf(env) ?? 'one in a home'} nor one in ${tmpdir()}. Set OFFGRID_CACHE to a folder that can.`,
  )
}

function nameOf(env: Environment): string | null {
  if (env.OFFGRID_CACHE) return env.OFFGRID_CACHE
  if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, 'offgrid')
  try {
    return join(homedir(), '.cache', 'offgrid')
  } catch {
    // a user that the system does not know, without HOME
    return null
  }
}

async function namedFolder(env: Environment): Promise<string | null> {
  const folder = nameOf(env)
  if (folder === null) return null
  try {
    await mkdir(folder, { recursive: true })
    return folder
  } catch {
    return null
  }
}

async function isWritable(folder: string): Promise<boolean> {
  return access(folder, constants.W_OK).then(
    () => true,
    () => false,
  )
}

/**
 * A folder in the temporary folder that nobody else can have put anything into. Everybody may write beside it: one of that name that is
 * somebody else's, a link, or open to others is left alone. Without user numbers (Windows) the temporary folder is the user's own.
 */
async function privateFolder(): Promise<string | null> {
  // a user in a container may have no name, so the number it is
  const name = join(tmpdir(), `offgrid-${process.getuid?.() ?? 'cache'}`)
  try {
    for (let i = 0; i < NAMES; i++) {
      const folder = i === 0 ? name : `${name}-${i}`
      await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error
      })
      if (await isOurs(folder)) return folder
    }
    return await mkdtemp(`${name}-`)
  } catch {
    return null
  }
}

async function isOurs(folder: string): Promise<boolean> {
  const stats = await lstat(folder)
  const isPrivate = process.getuid === undefined || (stats.uid === process.getuid() && (stats.mode & 0o077) === 0)
  return stats.isDirectory() && isPrivate
}
