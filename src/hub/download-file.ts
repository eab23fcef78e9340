import { createHash } from 'node:crypto'
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { ModelError } from '../errors.js'
import { sizeOfFile } from '../files/path-stats.js'
import { readInPieces } from '../files/read-in-pieces.js'
import { writeAt } from '../files/write-at.js'
import type { Hub } from './hub.js'
import { HubError } from './hub-error.js'
import type { HubFile } from './repository.js'
import { requestHub, requireSuccess } from './request-hub.js'
import { type HubRetryOptions, retry } from './retry-request.js'

export interface DownloadOptions extends HubRetryOptions {
  /** Called with the bytes that have come in for this file, those of an earlier run included. */
  readonly onProgress?: (sizeBytes: number) => void
}

export interface Download {
  /** Bytes that came over the network. */
  readonly fetchedBytes: number
  /** Bytes that were there from an interrupted run. */
  readonly resumedBytes: number
}

/**
 * Fetches a file, going on where an earlier try broke off, and puts it under its name once size and sum are those that the hub states.
 * Until then it is `path`.partial, which stays for the next try.
 * @throws HubError; ModelError `MODEL_FILE_CORRUPT` if what came is not the file that was stated, also when fetched anew
 */
export async function downloadFile(
  hub: Hub,
  url: string,
  file: HubFile,
  path: string,
  options: DownloadOptions,
): Promise<Download> {
  if ((await sizeOfFile(path)) === file.sizeBytes && (await isStated(path, file))) {
    options.onProgress?.(file.sizeBytes)
    return { fetchedBytes: 0, resumedBytes: file.sizeBytes }
  }
  const partial = `${path}.partial`
  await mkdir(dirname(path), { recursive: true })
  const resumedBytes = await sizeOfFile(partial)
  let fetchedBytes = 0
  // a part of another file, or one that was damaged on the disk, shows in the sum: then once more from the start
  for (const isLast of [false, true]) {
    const part = await open(partial, isLast || resumedBytes === 0 ? 'w+' : 'r+')
    try {
      fetchedBytes += await fetchRest(hub, url, file, part, options)
      await part.sync()
    } finally {
      await part.close()
    }
    if (await isStated(partial, file)) {
      await rename(partial, path)
      return { fetchedBytes, resumedBytes: isLast ? 0 : resumedBytes }
    }
  }
  const found = await gitOrSha(partial, file)
  await rm(partial, { force: true })
  throw new ModelError(
    'MODEL_FILE_CORRUPT',
    `${url} is not what the hub states: expected ${file.sizeBytes} bytes, ${file.sum.algorithm} ${file.sum.digest}; got ${found}, twice. Nothing was installed. Try again later, or another address (HF_ENDPOINT).`,
  )
}

/** Appends what is missing to a part, over as many requests as it takes. Returns the bytes that came. */
async function fetchRest(
  hub: Hub,
  url: string,
  file: HubFile,
  part: FileHandle,
  options: DownloadOptions,
): Promise<number> {
  let { size: position } = await part.stat()
  if (position > file.sizeBytes) position = 0
  let fetchedBytes = 0
  const run = async () => {
    if (position === file.sizeBytes) return
    const range = position > 0 ? { range: `bytes=${position}-` } : undefined
    const answer = await requestHub(hub, url, {
      method: 'GET',
      signal: options.signal,
      ...(range !== undefined && { headers: range }),
    })
    if (answer.statusCode === 416) {
      answer.destroy()
      position = 0
      throw new HubError('HUB_FAILED', `${url}: the range was refused.`, { isTransient: true })
    }
    requireSuccess(hub, answer, url)
    const { 'content-encoding': encoding = 'identity' } = answer.headers
    if (encoding !== 'identity') {
      answer.destroy()
      throw new HubError('HUB_FAILED', `${url}: expected the file as it is, got it encoded with ${encoding}.`)
    }
    // a server may ignore a range, and sends the whole file
    if (answer.statusCode !== 206 || !startsAt(answer, position)) {
      if (answer.statusCode === 206) {
        answer.destroy()
        throw new HubError('HUB_FAILED', `${url}: asked for bytes from ${position} on, got other ones.`)
      }
      position = 0
    }
    await part.truncate(position)
    try {
      for await (const chunk of answer as AsyncIterable<Buffer>) {
        if (position + chunk.length > file.sizeBytes) {
          throw new HubError('HUB_FAILED', `${url}: expected ${file.sizeBytes} bytes, got more.`)
        }
        await writeAt(part, chunk, position)
        position += chunk.length
        fetchedBytes += chunk.length
        options.onProgress?.(position)
      }
    } catch (cause) {
      options.signal?.throwIfAborted()
      if (cause instanceof HubError || !isNetworkError(answer)) throw cause
      throw cutShort(url, file, position, cause)
    }
    if (position < file.sizeBytes) throw cutShort(url, file, position)
  }
  await part.truncate(position)
  await retry(run, options, () => position)
  return fetchedBytes
}

/** Whether reading the answer failed, and not writing the file. */
function isNetworkError(answer: IncomingMessage): boolean {
  return answer.errored !== null
}

function cutShort(url: string, file: HubFile, position: number, cause?: unknown): HubError {
  return new HubError('HUB_UNREACHABLE', `${url}: broke off after ${position} of ${file.sizeBytes} bytes.`, {
    isTransient: true,
    cause,
  })
}

function startsAt(answer: IncomingMessage, position: number): boolean {
  return new RegExp(`^bytes ${position}-`).test(answer.headers['content-range'] ?? '')
}

async function isStated(path: string, file: HubFile): Promise<boolean> {
  return (await sizeOfFile(path)) === file.sizeBytes && (await sumOf(path, file)) === file.sum.digest
}

async function gitOrSha(path: string, file: HubFile): Promise<string> {
  return `${await sizeOfFile(path)} bytes, ${file.sum.algorithm} ${await sumOf(path, file)}`
}

/** The sum of a file as the hub states it: its SHA-256, or git's of a blob, which is over a header and the content. */
async function sumOf(path: string, { sum }: HubFile): Promise<string> {
  const hash = createHash(sum.algorithm === 'sha256' ? 'sha256' : 'sha1')
  if (sum.algorithm === 'git-sha1') hash.update(`blob ${await sizeOfFile(path)}\0`)
  await pipeline(await readInPieces(path), hash)
  return hash.digest('hex')
}
