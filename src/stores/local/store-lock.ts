import { randomUUID } from 'node:crypto'
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StoreError } from '../../errors.js'
import { toStoreError } from './disk-error.js'
import { makeFolder } from './make-folder.js'
import { currentProcess, isRunning, type ProcessIdentity } from './process-identity.js'

const LOCK_FOLDER = /^lock\.(\d+)$/
const HOLDER_FILE = 'holder.json'
const RELEASED_FILE = 'released.json'

/** What the file in a lock says. */
interface LockRecord {
  readonly holder: ProcessIdentity
  readonly since: string
}

/** Numbers below the newest that are left: a slow reader of the folder still finds the newest. */
const KEPT = 2

/**
 * The exclusive right to write to a store, as folders `lock.1`, `lock.2`, … in it: who made the newest holds it until
 * they release it or their process is gone. A lock is made complete and only once (a folder that is not empty is never
 * the target of a rename, on any file system), and the newest is never removed, so that of two who take over the lock
 * of a dead process one makes the next number and the other finds it there.
 */
export class StoreLock {
  readonly #path: string

  private constructor(path: string) {
    this.#path = path
  }

  /** @throws StoreError `STORE_LOCKED` naming the holder; `STORE_NOT_WRITABLE`, `STORE_FULL` */
  static async acquire(store: string): Promise<StoreLock> {
    const draft = join(store, `lock-draft-${randomUUID()}`)
    try {
      for (;;) {
        const newest = await newestNumber(store)
        if (newest > 0) await rejectHeld(store, newest)
        const path = join(store, `lock.${newest + 1}`)
        await makeFolder(draft)
        const record: LockRecord = { holder: currentProcess(), since: new Date().toISOString() }
        await writeFile(join(draft, HOLDER_FILE), JSON.stringify(record))
        if (!(await renameOnce(draft, path))) continue
        // a number far behind can be free again because it was cleared away: it is not the newest, and holds nothing
        if ((await newestNumber(store)) > newest + 1) {
          await rm(path, { recursive: true, force: true })
          continue
        }
        await clearBefore(store, newest + 1 - KEPT)
        return new StoreLock(path)
      }
    } catch (error) {
      throw toStoreError(error, `lock ${store}`)
    } finally {
      await rm(draft, { recursive: true, force: true }).catch(() => undefined)
    }
  }

  /** Lets the next one in; a rename, because that works on a full disk too. */
  async release(): Promise<void> {
    const holder = join(this.#path, HOLDER_FILE)
    // where even that fails, the lock ends with this process
    await rename(holder, join(this.#path, RELEASED_FILE)).catch(() => undefined)
  }
}

async function rejectHeld(store: string, number: number): Promise<void> {
  const path = join(store, `lock.${number}`)
  let record: Partial<LockRecord> | null
  try {
    record = JSON.parse(await readFile(join(path, HOLDER_FILE), 'utf8')) as Partial<LockRecord> | null
  } catch (error) {
    // released, or cleared away because there is a newer one by now; or damaged by a power cut, which ended its holder
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return
    throw error
  }
  const { holder, since } = record ?? {}
  if (!holder || !isRunning(holder)) return
  throw new StoreError(
    'STORE_LOCKED',
    `${store} is open for writing in process ${holder.pid} on ${holder.host} since ${since}. ` +
      `Close it there, or open the store read-only; if that machine is gone, delete ${path}.`,
    { status: 423 },
  )
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
