import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StoreError } from '../../../errors.js'
import { makeFolder } from '../../../files/make-folder.js'
import { currentProcess } from '../../../files/process-identity.js'
import { toDiskError } from '../disk-error.js'
import { LockLease, writeFirstBeat } from './lock-lease.js'
import {
  HOLDER_FILE,
  holderState,
  type LockPlace,
  type LockRecord,
  placeOf,
  RELEASED_FILE,
  readRecord,
} from './lock-record.js'
import { LockSocket } from './lock-socket.js'

const LOCK_FOLDER = /^lock\.(\d+)$/

/** Where the holder writes what then takes the place of a file of the store. */
const DRAFTS_FOLDER = 'drafts'

/** Numbers below the newest that are left: a slow reader of the folder still finds the newest. */
const KEPT = 2

/** A folder that is being emptied may get one more file from a process that is just losing it. */
const REMOVAL_TRIES = 10

/** How a file system says that a file is not there any more; ESTALE is NFS's. */
const GONE = new Set(['ENOENT', 'ENOTDIR', 'ESTALE'])

/**
 * The exclusive right to write to a store, as folders `lock.1`, `lock.2`, … in it: who made the newest holds it until they release it or their process is
 * gone, which the kernel says (`LockSocket`), or, where another kernel ran it, a lease that is not renewed. A lock is made complete and only once (a folder
 * that is not empty is never the target of a rename, on any file system), and the newest is never removed, so that of two who take over the lock of a dead
 * process one makes the next number and the other finds it there.
 *
 * A holder whose lease has ended may only have been stopped. Its record is gone when the next one begins to read, so that it finds out before and after it
 * writes ({@link assertHeld}); and {@link mustMove} says that the files which it has open have to be left to it.
 */
export class StoreLock {
  readonly #path: string
  readonly #socket: LockSocket | null
  readonly #lease: LockLease
  #record: LockRecord

  private constructor(path: string, record: LockRecord, socket: LockSocket | null, renewMs: number) {
    this.#path = path
    this.#record = record
    this.#socket = socket
    this.#lease = new LockLease(path, renewMs)
  }

  /** @throws StoreError `STORE_LOCKED` naming the holder; `STORE_NOT_WRITABLE`, `STORE_FULL` */
  static async acquire(store: string, place?: LockPlace): Promise<StoreLock> {
    const here = place ?? (await placeOf(store))
    const draft = join(store, `lock-draft-${randomUUID()}`)
    let socket: LockSocket | null = null
    try {
      for (;;) {
        const newest = await newestNumber(store)
        const mustMove = newest > 0 && (await rejectHeld(store, newest, here))
        await makeFolder(join(draft, DRAFTS_FOLDER))
        await writeFirstBeat(draft)
        socket ??= await LockSocket.listen(draft)
        const record = newRecord(here, socket !== null, mustMove)
        await writeFile(join(draft, HOLDER_FILE), JSON.stringify(record))
        const path = join(store, `lock.${newest + 1}`)
        if (!(await renameOnce(draft, path))) continue
        // a number far behind can be free again because it was cleared away: it is not the newest, and holds nothing
        if ((await newestNumber(store)) > newest + 1) {
          await socket?.close()
          socket = null
          await rm(path, { recursive: true, force: true })
          continue
        }
        for (const old of (await lockNumbers(store)).filter((number) => number <= newest)) await fence(store, old)
        await clearBefore(store, newest + 1 - KEPT)
        return new StoreLock(path, record, socket, here.renewMs)
      }
    } catch (error) {
      await socket?.close()
      throw toDiskError(error, `lock ${store}`)
    } finally {
      await rm(draft, { recursive: true, force: true }).catch(() => undefined)
    }
  }

  /** Whether the last holder may go on one day, with files open that are the store's: they have to be left to it. */
  get mustMove(): boolean {
    return this.#record.mustMove === true
  }

  /** What is written here and then renamed takes its place as long as nobody has taken over, and fails from then on. */
  get draftsFolder(): string {
    return join(this.#path, DRAFTS_FOLDER)
  }

  /** Nothing is left to the last holder. */
  async settle(): Promise<void> {
    const { mustMove: _, ...record } = this.#record
    const draft = join(this.draftsFolder, HOLDER_FILE)
    await writeFile(draft, JSON.stringify(record))
    await rename(draft, join(this.#path, HOLDER_FILE))
    this.#record = record
  }

  /** @throws StoreError `STORE_LOCK_LOST` if somebody else has the store by now; `STORE_IO` */
  assertHeld(): void {
    const path = join(this.#path, HOLDER_FILE)
    let found: string | null = null
    try {
      found = readFileSync(path, 'utf8')
    } catch (error) {
      if (!GONE.has((error as NodeJS.ErrnoException).code ?? '')) throw toDiskError(error, `read ${path}`)
    }
    if (found === JSON.stringify(this.#record)) return
    throw new StoreError(
      'STORE_LOCK_LOST',
      `Expected ${path} to name this process, but it names another or is gone: another writer took over while this process was stopped, or the lock was ` +
        'deleted. What was acknowledged is stored; open the store again and repeat the call.',
      { status: 423 },
    )
  }

  /** Lets the next one in; a rename, because that works on a full disk too. */
  async release(): Promise<void> {
    this.#lease.end()
    const holder = join(this.#path, HOLDER_FILE)
    if ((await readRecord(this.#path, HOLDER_FILE).catch(() => null))?.token !== this.#record.token)
      return this.#socket?.close()
    // where even that fails, the lock ends with this process
    await rename(holder, join(this.#path, RELEASED_FILE)).catch(() => undefined)
    await this.#socket?.close()
  }
}

function newRecord(here: LockPlace, hasSocket: boolean, mustMove: boolean): LockRecord {
  const { kernel, isShared, leaseMs } = here
  const since = new Date().toISOString()
  const token = randomUUID()
  return { holder: currentProcess(), since, token, kernel, isShared, hasSocket, leaseMs, ...(mustMove && { mustMove }) }
}

/** @returns whether files that an earlier holder may have open are the store's */
async function rejectHeld(store: string, number: number, here: LockPlace): Promise<boolean> {
  const path = join(store, `lock.${number}`)
  const record = await readRecord(path, HOLDER_FILE)
  if (record === null) return (await readRecord(path, RELEASED_FILE))?.mustMove === true
  const { holder, since } = record
  if (!holder) return false
  const state = await holderState(path, { ...record, holder }, here)
  if (state !== 'running') return state === 'expired' || record.mustMove === true
  // what an older offgrid wrote does not say whether its machine is there
  const advice = record.leaseMs === undefined ? `; if that machine is gone, delete ${path}` : ''
  throw new StoreError(
    'STORE_LOCKED',
    `${store} is open for writing in process ${holder.pid} on ${holder.host} since ${since}. ` +
      `Close it there, or open the store read-only${advice}.`,
    { status: 423 },
  )
}

/** Takes from an earlier holder what it would need to change the store: it may only have been stopped. */
async function fence(store: string, number: number): Promise<void> {
  const path = join(store, `lock.${number}`)
  await rm(join(path, HOLDER_FILE), { force: true })
  await rm(join(path, DRAFTS_FOLDER), { recursive: true, force: true, maxRetries: REMOVAL_TRIES })
}

/** Whether the name was free and is now taken. */
async function renameOnce(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to)
    return true
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    // Windows says EPERM or EACCES of a target that exists
    const isTaken = ['EEXIST', 'ENOTEMPTY'].includes(code) || (process.platform === 'win32' && code !== 'ENOENT')
    if (isTaken) return false
    throw error
  }
}

async function newestNumber(store: string): Promise<number> {
  return Math.max(0, ...(await lockNumbers(store)))
}

async function clearBefore(store: string, number: number): Promise<void> {
  for (const old of await lockNumbers(store)) {
    if (old < number) await rm(join(store, `lock.${old}`), { recursive: true, force: true })
  }
}

async function lockNumbers(store: string): Promise<number[]> {
  return (await readdir(store)).flatMap((name) => {
    const match = LOCK_FOLDER.exec(name)
    return match ? [Number(match[1])] : []
  })
}
