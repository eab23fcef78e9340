import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isRunning, type ProcessIdentity } from '../../../files/process-identity.js'
import { isSharedFolder, kernelIdentity } from './kernel-identity.js'
import { LEASE_TIMES, type LeaseTimes, watchLease } from './lock-lease.js'
import { askSocket } from './lock-socket.js'

/** Says who holds a lock, in its folder, as long as it is held. */
export const HOLDER_FILE = 'holder.json'
export const RELEASED_FILE = 'released.json'

/** Where a store is looked at from. */
export interface LockPlace extends LeaseTimes {
  readonly kernel: string | null
  /** Whether other kernels may have the store's folder, too. */
  readonly isShared: boolean
}

/** What the file in a lock says. Locks of offgrid 1.0 say who and since when. */
export interface LockRecord {
  readonly holder: ProcessIdentity
  readonly since: string
  /** Tells this lock from one of the same number. */
  readonly token?: string
  readonly kernel?: string | null
  readonly isShared?: boolean
  /** Whether there is a socket to be asked. */
  readonly hasSocket?: boolean
  readonly leaseMs?: number
  /** Files that an earlier holder may have open are still the store's. */
  readonly mustMove?: boolean
}

export async function placeOf(store: string): Promise<LockPlace> {
  return { kernel: kernelIdentity(), isShared: await isSharedFolder(store), ...LEASE_TIMES }
}

/** What a lock's folder says, or null where that is nothing (any more): its process was cut off while it wrote it, or there is a newer lock. */
export async function readRecord(folder: string, file: string): Promise<Partial<LockRecord> | null> {
  try {
    const value: unknown = JSON.parse(await readFile(join(folder, file), 'utf8'))
    return typeof value === 'object' ? value : null
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return null
    throw error
  }
}

/**
 * Whether the holder of a lock writes to the store. The kernel knows of a process of its own; a process of another kernel on a disk of its own went with
 * that kernel; of any other, only whether it renews its lease is known.
 * @returns `expired` where it may have been stopped and go on one day
 */
export async function holderState(
  folder: string,
  record: Partial<LockRecord> & Pick<LockRecord, 'holder'>,
  here: LockPlace,
): Promise<'running' | 'ended' | 'expired'> {
  const { holder, kernel = null, leaseMs } = record
  if (leaseMs === undefined) return isRunning(holder) ? 'running' : 'ended'
  const isSameKernel = kernel !== null && kernel === here.kernel
  if (isSameKernel) {
    const answer = record.hasSocket ? await askSocket(folder) : 'unknown'
    if (answer !== 'unknown') return answer
    // on Linux the process may have another number in another namespace
    if (process.platform !== 'linux' && !isRunning(holder)) return 'ended'
  } else if (kernel !== null && here.kernel !== null && !record.isShared && !here.isShared) return 'ended'
  const isHeld = async () => (await stat(join(folder, HOLDER_FILE)).catch(() => null)) !== null
  const seen = await watchLease(folder, leaseMs, isHeld)
  return seen === 'renewed' ? 'running' : seen === 'released' ? 'ended' : 'expired'
}
