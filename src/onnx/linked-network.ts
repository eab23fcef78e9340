import { createHash } from 'node:crypto'
import { mkdir, stat } from 'node:fs/promises'
import { basename, join, posix } from 'node:path'
import { openCacheFolder } from '../files/cache-folder.js'
import type { OpenedModel } from './model-files.js'
import { isLink, placeFile } from './onnx-graph-file.js'
import { VerifiedFiles } from './verified-files.js'

/**
 * The absolute path at which ONNX Runtime opens a model's ONNX file. Where that file or one beside it is a symbolic link, as in Hugging
 * Face's cache, with Nix or DVC, the runtime would refuse weights that the link leads away from the graph: then it is a folder of the
 * cache that holds hard links to (on another file system: copies of) the files themselves.
 */
export async function placeLinkedNetwork({ entry, folder }: OpenedModel, network: string): Promise<string> {
  const files = entry.files.filter(({ path }) => posix.dirname(path) === posix.dirname(network))
  const links = await Promise.all(files.map(({ path }) => isLink(join(folder, path))))
  if (!links.includes(true)) return join(folder, network)
  const sums = files.map(({ path, sha256 }) => `${path} ${sha256}`).sort()
  const name = createHash('sha256').update(sums.join('\n')).digest('hex')
  const cache = await openCacheFolder()
  const target = join(cache, 'linked', name)
  await mkdir(target, { recursive: true })
  const verified = await VerifiedFiles.open(cache)
  for (const { path, sha256 } of files) {
    const placed = join(target, basename(path))
    const stats = await stat(placed).catch(() => null)
    // the file itself was held against its sum when the model was opened
    if (stats === null || !(await verified.holds(placed, stats, sha256))) await placeFile(join(folder, path), placed)
  }
  await verified.save()
  return join(target, basename(network))
}
