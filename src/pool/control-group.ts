import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What the control groups of this process (of a container, a systemd unit) let it use; null where there is no limit. */
export interface ControlGroupLimits {
  readonly cpus: number | null
  readonly memoryBytes: number | null
}

/** What a control group of version 1 says that has no limit is a number near 2^63. */
const NO_LIMIT_BYTES = 2 ** 60
/** Version 2 where it is alone, and beside version 1. */
const UNIFIED = ['sys/fs/cgroup', 'sys/fs/cgroup/unified']

/**
 * The tightest limits from the process's own groups up to the root, as the kernel applies them; a container sees its own group as the
 * root. Version 2, then 1.
 * @param root of the file system that is looked at
 * @see https://www.kernel.org/doc/html/latest/admin-guide/cgroup-v2.html
 */
export function controlGroupLimits(root = '/'): ControlGroupLimits {
  const groups = (readText(join(root, 'proc/self/cgroup')) ?? '').split('\n').map((line) => line.split(':'))
  const pathOf = (controller: string) => groups.find(([, names]) => names?.split(',').includes(controller))?.[2] ?? '/'
  const unified = UNIFIED.flatMap((folder) => upwards(join(root, folder), pathOf('')))
  const former = (controller: string) => upwards(join(root, 'sys/fs/cgroup', controller), pathOf(controller))
  const least = (limits: readonly (number | null)[]) =>
    limits.reduce((a, b) => (a === null || (b !== null && b < a) ? b : a), null)
  const memory = [
    ...unified.map((group) => bytes(readText(join(group, 'memory.max')))),
    ...former('memory').map((group) => bytes(readText(join(group, 'memory.limit_in_bytes')))),
  ]
  const cpus = [
    ...unified.map((group) => ratio(...(readText(join(group, 'cpu.max'))?.split(' ') ?? []))),
    ...former('cpu').map((group) =>
      ratio(readText(join(group, 'cpu.cfs_quota_us')), readText(join(group, 'cpu.cfs_period_us'))),
    ),
  ]
  return { cpus: least(cpus), memoryBytes: least(memory) }
}

/** A group's folder and those above it; of a path that leads out of what a container sees, the root alone. */
function upwards(folder: string, path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '')
  const steps = parts.includes('..') ? [] : parts
  return Array.from({ length: steps.length + 1 }, (_, i) => join(folder, ...steps.slice(0, steps.length - i)))
}

function bytes(text: string | undefined): number | null {
  const value = Number(text)
  return text !== undefined && Number.isFinite(value) && value < NO_LIMIT_BYTES ? value : null
}

function ratio(quota?: string, period?: string): number | null {
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
