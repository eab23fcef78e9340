import { createHash, randomUUID } from 'node:crypto'
import { copyFile, link, mkdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ModelError } from '../errors.js'
import { hashFile } from './verified-files.js'
import { writeFileAtomic } from './write-file-atomic.js'

export interface GraphFileOptions {
  /** File name of the graph; it must change whenever the graph's bytes would. */
  readonly name: string
  /** Absolute folder of the checkpoint. */
  readonly weightsFolder: string
  /** Name of the checkpoint file in it. */
  readonly weightsFile: string
  /** SHA-256 of the checkpoint, hexadecimal. */
  readonly weightsSha256: string
  /** Where the graph goes when it cannot be written beside the checkpoint. */
  readonly cacheFolder: () => Promise<string>
  readonly build: () => Promise<Uint8Array>
  /** Write the file even if it is there, because it could not be opened. @default false */
  readonly rebuild?: boolean
}

/**
 * The absolute path of a graph file, built on first use: beside its checkpoint, or, where that folder cannot be written, in the
 * cache folder beside a hard link to (on another file system: a copy of) the checkpoint. ONNX Runtime reads external data only
 * from below the graph's real folder: it follows hard links and symbolic links to folders, and refuses a symbolic link to a file.
 * Two processes that build at once both end with a whole file.
 * @throws ModelError `GRAPH_NOT_WRITABLE` if neither folder can be written
 */
export async function placeGraphFile(options: GraphFileOptions): Promise<string> {
  const beside = join(options.weightsFolder, options.name)
  if (options.rebuild !== true && (await isIntact(beside))) return beside

  const folder = join(await options.cacheFolder(), 'graphs', options.weightsSha256)
  const cached = join(folder, options.name)
  if (options.rebuild !== true && (await isIntact(cached))) {
    await placeWeights(options, folder)
    return cached
  }

  const bytes = await options.build()
  try {
    await writeWithSum(beside, bytes)
    return beside
  } catch {
    // Read-only or full: the cache folder may not be.
  }
  try {
    await mkdir(folder, { recursive: true })
    await placeWeights(options, folder)
    await writeWithSum(cached, bytes)
    return cached
  } catch (error) {
    throw notWritable(cached, error)
  }
}

/** The sum goes first: a graph without its sum would be trusted by nobody, a sum without its graph harms nobody. */
async function writeWithSum(path: string, bytes: Uint8Array): Promise<void> {
  await writeFileAtomic(sumFile(path), createHash('sha256').update(bytes).digest('hex'))
  await writeFileAtomic(path, bytes)
}

/** Whether a graph is there and is what was written; a damaged or changed one is built anew. */
async function isIntact(path: string): Promise<boolean> {
  try {
    return (await readFile(sumFile(path), 'utf8')) === (await hashFile(path))
  } catch {
    return false
  }
}

function sumFile(path: string): string {
  return `${path}.sha256`
}

/** Puts the checkpoint beside a cached graph; one of the right size is the right one, for the folder is named by its sum. */
async function placeWeights(options: GraphFileOptions, folder: string): Promise<void> {
  const source = join(options.weightsFolder, options.weightsFile)
  const target = join(folder, options.weightsFile)
  if ((await sizeOf(target)) === (await sizeOf(source))) return
  const temporary = `${target}.${randomUUID()}.tmp`
  try {
    await link(source, temporary).catch(() => copyFile(source, temporary))
    await rename(temporary, target)
  } finally {
    await rm(temporary, { force: true })
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    const stats = await stat(path)
    return stats.isFile() ? stats.size : -1
  } catch {
    return -1
  }
}

function notWritable(path: string, cause: unknown): ModelError {
  return new ModelError(
    'GRAPH_NOT_WRITABLE',
    `The graph file ${path} cannot be written: ${(cause as Error).message}. Make the models folder writable, or set OFFGRID_CACHE to a folder that is.`,
    { cause },
  )
}
