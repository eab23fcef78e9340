import type { Command } from 'commander'
import { InputError, optionError } from '../../errors.js'
import type { QueuedWork } from '../../pipeline/parts/queued-work.js'
import type { PartQueue, QueuedRunState } from '../../queue/part-queue.js'
import type { StoreLocation } from '../../stores/open-store.js'
import type { IngestFlags } from '../ingest/ingest-options.js'

export interface QueueFlags {
  readonly queue?: string
}

/** How long a worker may be silent before its part goes to another, in milliseconds. */
const LEASE = process.env.OFFGRID_QUEUE_LEASE_MS

export function addQueueOption(command: Command, use: string): Command {
  return command.option(
    '--queue <url>',
    `${use}; a password comes from QUEUE_PASSWORD_FILE or in REDIS_URL, never from here`,
  )
}

/**
 * Opens the queue of --queue, or of REDIS_URL.
 * @throws InputError `INVALID_OPTION`, `QUEUE_PACKAGE_MISSING`; StoreError `QUEUE_UNREACHABLE`, `QUEUE_REFUSED`
 */
async function openQueue({ queue }: QueueFlags): Promise<PartQueue> {
  const [{ redisAddress }, { RedisQueue }] = await Promise.all([
    import('../../queue/redis-address.js'),
    import('../../queue/redis-queue.js'),
  ])
  const leaseMs = Number(LEASE)
  return RedisQueue.open(await redisAddress(queue, process.env), leaseMs >= 1000 ? { leaseMs } : {})
}

/** Opens the queue for some work, and closes it again. */
export async function withQueue<T>(flags: QueueFlags, work: (queue: PartQueue) => Promise<T>): Promise<T> {
  const queue = await openQueue(flags)
  try {
    return await work(queue)
  } finally {
    await queue.close()
  }
}

/** @throws InputError `RUN_UNKNOWN` */
export async function requireQueuedRun(
  queue: PartQueue,
  id: string,
): Promise<QueuedRunState & { readonly content: QueuedWork }> {
  const state = await queue.describe(id)
  if (state !== null) return { ...state, content: state.content as QueuedWork }
  throw new InputError(
    'RUN_UNKNOWN',
    `Expected the id of a run in ${queue.location}, got ${id}. See: offgrid runs list --queue ${queue.location}`,
  )
}

/** Options that concern all of an input at once, or no server. */
const REFUSED = ['partition', 'prune', 'dryRun', 'vectorsFrom', 'weights'] as const

/** @throws InputError `INVALID_OPTION` */
export function refuseForQueue(flags: IngestFlags, location: StoreLocation): void {
  if (flags.planOnly === true && flags.queue === undefined)
    throw optionError('--plan-only: expected --queue URL beside it.')
  if (flags.queue === undefined) return
  const given = REFUSED.filter((name) => flags[name] !== undefined && flags[name] !== false)
  if (given.length > 0) {
    const names = given.map((name) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`)
    throw optionError(`--queue: expected no ${names.join(' and no ')} beside it.`)
  }
  if (flags.avgLen === 'fit') throw optionError('--queue: expected a number for --avg-len, not fit.')
  requireServer(location)
}

/** A store on a server. */
export type ServerLocation = Extract<StoreLocation, { kind: 'qdrant' }>

/** @throws InputError `INVALID_OPTION` */
export function requireServer(location: StoreLocation): ServerLocation {
  if (location.kind === 'qdrant') return location
  throw optionError(
    '--queue: expected a server that all workers reach (--url or QDRANT_URL): an embedded store has one writer.',
  )
}
