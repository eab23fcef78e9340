import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

/**
 * Cores this process may use: the scheduler's affinity, cut to the CPU quota of its control group (a container's limit), at least 1.
 */
export function usableCores(): number {
  const quota = cgroupQuota()
  const cores = availableParallelism()
  return Math.max(1, Math.min(cores, quota === null ? cores : Math.ceil(quota)))
}

/** CPUs by the control group's quota (version 2, then 1), or null where there is none. */
function cgroupQuota(): number | null {
  const v2 = readText('/sys/fs/cgroup/cpu.max')?.split(' ')
  if (v2 !== undefined) return ratio(v2[0], v2[1])
  return ratio(readText('/sys/fs/cgroup/cpu/cpu.cfs_quota_us'), readText('/sys/fs/cgroup/cpu/cpu.cfs_period_us'))
}

function ratio(quota: string | undefined, period: string | undefined): number | null {
  const cpus = Number(quota) / Number(period)
  return Number.isFinite(cpus) && cpus > 0 ? cpus : null
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return undefined
  }
}
