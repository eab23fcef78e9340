import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'

/** What tells a process from every other, on this machine and since it was started. */
export interface ProcessIdentity {
  readonly host: string
  readonly pid: number
  /** Start of the process in clock ticks and the machine's boot, or null where the system does not say (not Linux). */
  readonly started: string | null
}

export function currentProcess(): ProcessIdentity {
  return { host: hostname(), pid: process.pid, started: startOf(process.pid) }
}

/** Whether the process runs; of another machine's processes that is not known, and they count as running. */
export function isRunning(identity: ProcessIdentity): boolean {
  if (identity.host !== hostname()) return true
  try {
    process.kill(identity.pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  const started = startOf(identity.pid)
  // a system may hide what it says of other users' processes
  return identity.started === null || started === null || started === identity.started
}

/**
 * Field 22 of /proc/PID/stat and the boot's id: a process that got the pid of one that is gone differs in it.
 * @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // the second field is the command in parentheses and may itself hold spaces and parentheses
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const state = fields[0]
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
    return state === 'Z' || state === 'X' ? 'ended' : `${boot}:${fields[19]}`
  } catch {
    return null
  }
}
