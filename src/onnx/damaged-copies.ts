import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { openCacheFolders } from '../files/cache-folder.js'
import { GRAPHS_FOLDER } from './onnx-graph-file.js'
import { hashFile } from './verified-files.js'

/**
 * Files in the cache folders that are not what their sums say: weights beside a cached graph, whose folder is named by their sum, and graphs. Whoever
 * opens the model finds out, too, and makes them anew.
 * @param sums SHA-256 of the checkpoints that are of interest
 * @returns absolute paths
 */
export async function findDamagedCopies(sums: readonly string[]): Promise<string[]> {
  const damaged: string[] = []
  for (const cache of await openCacheFolders()) {
    for (const sum of sums) {
      const folder = join(cache, GRAPHS_FOLDER, sum)
      for (const name of await readdir(folder).catch(() => [])) {
        const path = join(folder, name)
        if (/\.(sha256|tmp)$/.test(name) || !(await stat(path)).isFile()) continue
        const expected = name.endsWith('.onnx') ? await readFile(`${path}.sha256`, 'utf8').catch(() => '') : sum
        if ((await hashFile(path)) !== expected) damaged.push(path)
      }
    }
  }
  return damaged
}

/** @param paths of files in the cache folder, at least one */
export function describeDamage(paths: readonly string[]): string {
  return `${paths.join(', ')}: not what its sum says. It is made anew when the model is opened next; or delete it.`
}
