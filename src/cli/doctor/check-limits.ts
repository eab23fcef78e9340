import { availableParallelism, totalmem } from 'node:os'
import { controlGroupLimits } from '../../pool/control-group.js'
import { usableCores } from '../../pool/usable-cores.js'
import { type Finding, fine, warning } from './finding.js'

/** Resident memory of one worker with all three kinds of vectors and of the process beside it, in bytes; src/pool/workers-within.ts. */
const ONE_WORKER_BYTES = 310e6

/** Cores that may be used, and what takes some of them away. */
export function checkCores(): Finding {
  const usable = usableCores()
  const all = availableParallelism()
  return fine(usable < all ? `${usable} usable of ${all}, by the quota of the control group` : `${usable} usable`)
}

/** Memory that may be used: the machine's, or what the control group (a container) leaves of it. */
export function checkMemory(limitBytes = controlGroupLimits().memoryBytes): Finding {
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

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`
}
