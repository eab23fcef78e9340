import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const BEAT_FILE = 'beat'

/** How long a lock that is not renewed holds, and how often it is renewed. */
export interface LeaseTimes {
  readonly leaseMs: number
  readonly renewMs: number
}

/** Five chances to renew in time, for a disk that is slow or a process that computes. */
export const LEASE_TIMES: LeaseTimes = { leaseMs: 20_000, renewMs: 4000 }

/** Looks of somebody who waits for a lease to end, during its time. */
const LOOKS = 40

/** The first sign of life, in a folder that others do not see yet. */
export async function writeFirstBeat(folder: string): Promise<void> {
  await writeFile(join(folder, BEAT_FILE), '0')
}

/** A number in a lock's folder that grows for as long as the process has time to write it. */
export class LockLease {
  readonly #timer: NodeJS.Timeout
  #beat = 0

  constructor(folder: string, renewMs: number) {
    const renew = () => {
      this.#beat++
      // who cannot renew finds out when the next batch is stored
      writeFile(join(folder, BEAT_FILE), String(this.#beat), { flag: 'r+' }).catch(() => undefined)
    }
    this.#timer = setInterval(renew, renewMs).unref()
  }

  end(): void {
    clearInterval(this.#timer)
  }
}

/**
 * Watches a lease for its whole time, by this process's steady clock alone: what another machine calls the time does not count.
 * @param isHeld whether the lock is still there
 */
export async function watchLease(
  folder: string,
  leaseMs: number,
  isHeld: () => Promise<boolean>,
): Promise<'renewed' | 'released' | 'expired'> {
  const first = await readBeat(folder)
  const end = performance.now() + leaseMs
  while (performance.now() < end) {
    await sleep(leaseMs / LOOKS)
    if (!(await isHeld())) return 'released'
    if ((await readBeat(folder)) !== first) return 'renewed'
  }
  return 'expired'
}

/** Null where the file cannot be read: no sign of life. */
function readBeat(folder: string): Promise<string | null> {
  return readFile(join(folder, BEAT_FILE), 'latin1').catch(() => null)
}
