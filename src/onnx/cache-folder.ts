import { mkdir } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * The folder for what can be made again: `OFFGRID_CACHE`, else `XDG_CACHE_HOME`/offgrid, else ~/.cache/offgrid; where that
 * cannot be created, a folder of the user in the system's temporary folder. The folder exists when the promise resolves.
 */
export async function openCacheFolder(
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<string> {
  try {
    const folder = env.OFFGRID_CACHE || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'offgrid')
    await mkdir(folder, { recursive: true })
    return folder
  } catch {
    // A read-only or missing home, as in containers; there a user may have no name either, so the number it is.
    const fallback = join(tmpdir(), `offgrid-${process.getuid?.() ?? 'cache'}`)
    await mkdir(fallback, { recursive: true, mode: 0o700 })
    return fallback
  }
}
