import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { InputError } from '../../errors.js'

export interface WalkOptions {
  /** Levels of folders, 1 for the folder's own files. @default all */
  readonly maxDepth?: number
  /** Whether hidden files and folders and `node_modules` are gone into. @default false */
  readonly hidden?: boolean
}

export interface FolderFiles {
  /** Paths below the folder, with `/`, sorted by code units. */
  readonly files: readonly string[]
  /** Hidden files and folders and `node_modules` that were passed over. */
  readonly hidden: number
}

/**
 * The files below a folder. Links to files are followed, links to folders are not: they may form a ring.
 * @throws InputError `INPUT_UNREADABLE`
 */
export async function walkFolder(folder: string, options: WalkOptions = {}): Promise<FolderFiles> {
  const { maxDepth = Number.POSITIVE_INFINITY, hidden: takesHidden = false } = options
  const files: string[] = []
  let hidden = 0
  const open = ['']
  for (let below = open.pop(); below !== undefined; below = open.pop()) {
    const entries = await readdir(join(folder, below), { withFileTypes: true }).catch((error) => {
      throw new InputError(
        'INPUT_UNREADABLE',
        `Expected a directory that may be read, got ${join(folder, below)} (${error.code}).`,
      )
    })
    for (const entry of entries) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`
      if (!takesHidden && isHidden(entry.name)) hidden++
      else if (entry.isDirectory()) {
        if (path.split('/').length < maxDepth) open.push(path)
      } else if (entry.isFile() || (entry.isSymbolicLink() && (await isLinkToFile(join(folder, path)))))
        files.push(path)
    }
  }
  return { files: files.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)), hidden }
}

function isHidden(name: string): boolean {
  return name.startsWith('.') || name === 'node_modules'
}

async function isLinkToFile(path: string): Promise<boolean> {
  const target = await stat(path).catch(() => null)
  // A link to nothing is named as unreadable later on rather than passed over.
  return target === null || target.isFile()
}
