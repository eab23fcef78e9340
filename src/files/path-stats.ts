import type { Stats } from 'node:fs'
import { stat } from 'node:fs/promises'

/** What the system says of a path, or of what it links to; null where nothing is there, or it may not be looked at. */
async function statsOf(path: string): Promise<Stats | null> {
  return stat(path).catch(() => null)
}

export async function isThere(path: string): Promise<boolean> {
  return (await statsOf(path)) !== null
}

export async function isFile(path: string): Promise<boolean> {
  return (await statsOf(path))?.isFile() === true
}

export async function isFolder(path: string): Promise<boolean> {
  return (await statsOf(path))?.isDirectory() === true
}

/** Bytes of a file; 0 where there is none. */
export async function sizeOfFile(path: string): Promise<number> {
  const stats = await statsOf(path)
  return stats?.isFile() ? stats.size : 0
}
