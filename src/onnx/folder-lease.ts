import { randomUUID } from 'node:crypto'
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ModelError } from '../errors.js'

const LEASE_FILE = '.manifest.lease'

export interface LeaseOptions {
  /** A lease that was not renewed for this many milliseconds has no owner any more. @default 15000 */
  readonly staleMs?: number
  /** How long to wait for the others. @default 600000 */
  readonly timeoutMs?: number
}

const STALE_MS = 15_000
const TIMEOUT_MS = 600_000
const RENEWALS = 5
const LOOK_EVERY_MS = 20

/** The right to change a folder, while the work of {@link withFolderLease} goes on. */
export interface FolderLease {
  /** To be called right before a change that others must not overwrite. @throws ModelError `MODELS_FOLDER_BUSY` if the lease was lost, as by a computer that slept */
  requireHeld(): Promise<void>
}

/**
 * Does work that changes a folder while nobody else does, in this process or another. The lease is a file that only one can create, and that its
 * owner renews. One whose owner was killed is taken over once it has not been renewed for a while by the waiter's own clock: no process
 * number and no host name is trusted, since containers share them.
 * @throws ModelError `MODELS_FOLDER_BUSY`; what the work throws
 */
export async function withFolderLease<T>(
  folder: string,
  work: (lease: FolderLease) => Promise<T>,
  { staleMs = STALE_MS, timeoutMs = TIMEOUT_MS }: LeaseOptions = {},
): Promise<T> {
  const path = join(folder, LEASE_FILE)
  const token = randomUUID()
  await takeLease(path, token, staleMs, timeoutMs)
  const isHeld = async () => (await readToken(path)) === token
  const renewal = setInterval(() => {
    const now = new Date()
    isHeld()
      .then((held) => (held ? utimes(path, now, now) : undefined))
      .catch(() => {})
  }, staleMs / RENEWALS)
  renewal.unref()
  try {
    return await work({
      requireHeld: async () => {
        if (!(await isHeld())) throw busy(folder, 'another run took it over, because this one stood still')
      },
    })
  } finally {
    clearInterval(renewal)
    if (await isHeld()) await rm(path, { force: true })
  }
}

async function takeLease(path: string, token: string, staleMs: number, timeoutMs: number): Promise<void> {
  const began = performance.now()
  let seen = ''
  let seenAt = began
  while (!(await createLease(path, token))) {
    const now = performance.now()
    const state = await stateOf(path)
    if (state !== seen) {
      seen = state
      seenAt = now
    } else if (now - seenAt >= staleMs) {
      await removeStale(path, state)
      seen = ''
    }
    if (now - began > timeoutMs) throw busy(path, `others have been at it for ${Math.round(timeoutMs / 1000)} s`)
    // not all at the same moment
    await delay(LOOK_EVERY_MS * (0.5 + Math.random()))
  }
}

/** Whether the lease was free. */
async function createLease(path: string, token: string): Promise<boolean> {
  try {
    await writeFile(path, token, { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return false
  }
}

/** Owner and time of renewal; '' where there is no lease. */
async function stateOf(path: string): Promise<string> {
  const stats = await stat(path).catch(() => null)
  return stats === null ? '' : `${await readToken(path)} ${stats.mtimeMs}`
}

async function readToken(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch(() => null)
}

/** Takes a lease without an owner away; of two that try, one gets it. What is not the lease that was seen is put back. */
async function removeStale(path: string, seen: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`
  try {
    await rename(path, aside)
    if ((await stateOf(aside)) !== seen) await link(aside, path)
  } catch {
    // somebody was faster
  } finally {
    await rm(aside, { force: true })
  }
}

function busy(path: string, why: string): ModelError {
  return new ModelError(
    'MODELS_FOLDER_BUSY',
    `${path} is being changed by another run of offgrid: ${why}. Nothing was installed; run the same command again.`,
  )
}
