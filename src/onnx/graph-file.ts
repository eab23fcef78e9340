import { createHash, randomUUID } from 'node:crypto'
import { copyFile, link, lstat, mkdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ModelError } from '../errors.js'
import { hashFile, VerifiedFiles } from './verified-files.js'
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
  const isOwn = options.isOwnFolder !== false && !(await isLink(join(options.weightsFolder, options.weightsFile)))
  const beside = join(options.weightsFolder, options.name)
  if (isOwn && options.rebuild !== true && (await isIntact(beside))) return beside

  const folder = join(await options.cacheFolder(), 'graphs', options.weightsSha256)
  const cached = join(folder, options.name)
  if (options.rebuild !== true && (await isIntact(cached))) {
    await placeWeights(options, folder)
    return cached
  }

  const bytes = await options.build()
  if (isOwn) {
    try {
      await writeWithSum(beside, bytes)
      return beside
    } catch {
      // Read-only or full: the cache folder may not be.
    }
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

/** Puts the checkpoint beside a cached graph. */
async function placeWeights(
  { weightsFolder, weightsFile, weightsSha256, cacheFolder }: GraphFileOptions,
  folder: string,
): Promise<void> {
  const verified = await VerifiedFiles.open(await cacheFolder())
  await placeFile(join(weightsFolder, weightsFile), join(folder, weightsFile), weightsSha256, verified)
  await verified.save()
}

/**
 * Makes a file a hard link to another, or a copy where that is not possible. One that is there stays if its sum is right, which is
 * taken again where the file may have changed.
 */
export async function placeFile(
  source: string,
  target: string,
  sha256: string,
  verified: VerifiedFiles,
): Promise<void> {
  const there = await stat(target).catch(() => null)
  if (there?.isFile()) {
    if (verified.recall(target, there) === sha256) return
    if ((await hashFile(target)) === sha256) return verified.remember(target, there, sha256)
  }
  const temporary = `${target}.${randomUUID()}.tmp`
  try {
    // of a link the file itself: a hard link to a link is a link
    const file = await realpath(source)
    await link(file, temporary).catch(() => copyFile(file, temporary))
    await rename(temporary, target)
  } finally {
    await rm(temporary, { force: true })
  }
  // the source was held against its sum when the model was opened
  verified.remember(target, await stat(target), sha256)
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
    `The graph file ${path} cannot be written: ${(cause as Error).message}. Make the models folder writable, or set OFFGRID_CACHE to a folder that is.`,
    { cause },
  )
}
