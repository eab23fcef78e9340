import { createHash, randomUUID } from 'node:crypto'
import { copyFile, link, lstat, mkdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ModelError } from '../errors.js'
import { writeFileAtomic } from '../files/write-file-atomic.js'
import { hashFile, VerifiedFiles } from './verified-files.js'

/** In the cache folder: a folder for each checkpoint, named by its SHA-256, with its graphs. */
export const GRAPHS_FOLDER = 'graphs'

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
  /** Where one that was built before may be; some of them may not be writable. @default the one that is written to */
  readonly cacheFolders?: () => Promise<readonly string[]>
  readonly build: () => Promise<Uint8Array>
  /** Whether the checkpoint's folder was made by us, so that the graph may be written there. @default true */
  readonly isOwnFolder?: boolean
  /** Write the file even if it is there, because it could not be opened. @default false */
  readonly rebuild?: boolean
}

/**
 * The absolute path of a graph file, built on first use: beside its checkpoint, or, where that folder is somebody else's or cannot be
 * written, in the cache folder beside a hard link to (on another file system: a copy of) the checkpoint. ONNX Runtime reads external
 * data only from below the graph's real folder and refuses a link that leads out of it, as those of Hugging Face's cache do.
 * Two processes that build at once both end with a whole file.
 * @throws ModelError `GRAPH_NOT_WRITABLE` if neither folder can be written
 */
export async function placeGraphFile(options: GraphFileOptions): Promise<string> {
  const isLinked = await isLink(join(options.weightsFolder, options.weightsFile))
  const beside = join(options.weightsFolder, options.name)
  if (!isLinked && options.rebuild !== true && (await isIntact(beside))) return beside

  const { cacheFolders = async () => [await options.cacheFolder()] } = options
  if (options.rebuild !== true) {
    for (const cache of await cacheFolders()) {
      const cached = join(folderIn(cache, options), options.name)
      if ((await isIntact(cached)) && (await hasWeights(options, cache))) return cached
    }
  }

  const bytes = await options.build()
  if (options.isOwnFolder !== false && !isLinked) {
    try {
      await writeWithSum(beside, bytes)
      return beside
    } catch {
      // Read-only or full: the cache folder may not be.
    }
  }
  let cached = beside
  try {
    const cache = await options.cacheFolder()
    cached = join(folderIn(cache, options), options.name)
    await mkdir(folderIn(cache, options), { recursive: true })
    if (!(await areWeightsRight(options, cache))) await placeWeights(options, folderIn(cache, options))
    await writeWithSum(cached, bytes)
    return cached
  } catch (error) {
    throw notWritable(cached, error)
  }
}

/** Named by the sum of the weights in it. */
function folderIn(cache: string, { weightsSha256 }: GraphFileOptions): string {
  return join(cache, GRAPHS_FOLDER, weightsSha256)
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

/** Whether the right checkpoint is beside a cached graph, or could be put there: whatever else is there would give other vectors. */
async function hasWeights(options: GraphFileOptions, cache: string): Promise<boolean> {
  if (await areWeightsRight(options, cache)) return true
  return placeWeights(options, folderIn(cache, options)).then(
    () => true,
    () => false,
  )
}

async function areWeightsRight(options: GraphFileOptions, cache: string): Promise<boolean> {
  const path = join(folderIn(cache, options), options.weightsFile)
  const stats = await stat(path).catch(() => null)
  if (stats === null || !stats.isFile()) return false
  const verified = await VerifiedFiles.open(cache)
  const areRight = await verified.holds(path, stats, options.weightsSha256)
  await verified.save()
  return areRight
}

/** Puts the checkpoint, whose sum was checked when the model was opened, beside a cached graph. */
async function placeWeights(options: GraphFileOptions, folder: string): Promise<void> {
  await placeFile(join(options.weightsFolder, options.weightsFile), join(folder, options.weightsFile))
}

/** Makes a file a hard link to another, or, where that is not possible, a copy of it, in place of one that is there. */
export async function placeFile(source: string, target: string): Promise<void> {
  const temporary = `${target}.${randomUUID()}.tmp`
  try {
    // of a link the file itself: a hard link to a link is a link
    const file = await realpath(source)
    await link(file, temporary).catch(() => copyFile(file, temporary))
    await rename(temporary, target)
  } finally {
    await rm(temporary, { force: true })
  }
}

/** Whether a file is a symbolic link. */
export async function isLink(path: string): Promise<boolean> {
  return lstat(path).then(
    (stats) => stats.isSymbolicLink(),
    () => false,
  )
}

function notWritable(path: string, cause: unknown): ModelError {
  return new ModelError(
    'GRAPH_NOT_WRITABLE',
    `The graph file ${path} cannot be written: ${(cause as Error).message.replace(/\.$/, '')}. Make the models folder writable, or set OFFGRID_CACHE to a folder that is.`,
    { cause },
  )
}
