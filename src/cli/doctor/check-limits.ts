import { readFileSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { usableCores } from '../../pool/usable-cores.js'
import { type Finding, fine, warning } from './finding.js'

/** Resident memory of one worker with all three kinds of vectors and of the process beside it, in bytes; src/pool/workers-within.ts. */
const ONE_WORKER_BYTES = 310e6
/** What a control group says that has no limit: version 1 has a number for that. */
const NO_LIMIT_BYTES = 2 ** 60

/** Cores that may be used, and what takes some of them away. */
export function checkCores(): Finding {
  const usable = usableCores()
  const all = availableParallelism()
  return fine(usable < all ? `${usable} usable of ${all}, by the quota of the control group` : `${usable} usable`)
}

/** Memory that may be used: the machine's, or what the control group (a container) leaves of it. */
export function checkMemory(limitBytes = memoryLimitBytes()): Finding {
  const total = totalmem()
  const usable = Math.min(total, limitBytes ?? total)
  const source = usable < total ? `, by the control group, of ${gigabytes(total)}` : ''
  const detail = `${gigabytes(usable)} usable${source}`
  if (usable >= ONE_WORKER_BYTES) return fine(detail)
  return warning(
    detail,
    `Dense vectors want ${gigabytes(ONE_WORKER_BYTES)} for one worker: raise the limit, or use BM25 alone.`,
  )
}

/** Of the control group, version 2, then 1; null where there is none. */
function memoryLimitBytes(): number | null {
  for (const path of ['/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes']) {
    try {
      const bytes = Number(readFileSync(path, 'utf8'))
      return Number.isFinite(bytes) && bytes < NO_LIMIT_BYTES ? bytes : null
    } catch {
      // not this version
    }
  }
  return null
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`
}
