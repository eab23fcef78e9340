import { open } from 'node:fs/promises'

/** A folder that may be written but not opened to read, and file systems that sync no folders, as some on a network. */
const CANNOT_BE_ASKED = new Set(['EACCES', 'EINVAL', 'ENOTSUP'])

/**
 * Waits until the names in a folder are on the disk: a new or renamed file is there after a power cut only with its folder.
 * It swallows one thing, that the system cannot be asked for it (`EACCES`, `EINVAL`, `ENOTSUP`). Windows keeps names without being asked.
 * @throws what else the file system says, as ENOENT and EIO
 */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  try {
    await using folder = await open(path, 'r')
    await folder.sync()
  } catch (error) {
    if (!CANNOT_BE_ASKED.has((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
}

/** Waits until what was written to a file, which may be read-only by now, is on the disk. */
export async function syncFile(path: string): Promise<void> {
  // Windows syncs only what is open for writing
  await using file = await open(path, process.platform === 'win32' ? 'r+' : 'r')
  await file.sync()
}
