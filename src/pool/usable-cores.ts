import { availableParallelism } from 'node:os'
import { controlGroupLimits } from './control-group.js'

/**
 * Cores this process may use: the scheduler's affinity, cut to the CPU quota of its control group (a container's limit), at least 1.
 */
export function usableCores(): number {
  const quota = controlGroupLimits().cpus
  const cores = availableParallelism()
  return Math.max(1, Math.min(cores, quota === null ? cores : Math.ceil(quota)))
}
