import type { Schemas } from '#qdrant-client'
import type { PointId } from '../../../document.js'
import { optionError } from '../../../errors.js'
import { rejectUnknownOptions, shown } from '../../../options.js'
import type { FailedPoint } from '../../partial-upsert-error.js'
import type { Clock } from '../wire/retry.js'

/** How points are uploaded. */
export interface UploadOptions {
  /** Most bytes of one request; the server takes 32 MB. A single larger point is sent alone. @default 12_000_000 */
  readonly batchBytes?: number
  /** Most points of one request. @default 256 */
  readonly batchPoints?: number
  /** Requests in flight; reading pauses meanwhile. @default 4 */
  readonly concurrency?: number
  /** False: the server only writes the points down; later all are counted, and one of each request is read back. @default true */
  readonly wait?: boolean
  /** Of one try, first byte out to last byte in. @default 60_000 */
  readonly timeoutMs?: number
  /** Tries of one request; a 429 that names a time is not one. @default no limit but `giveUpAfterMs` */
  readonly attempts?: number
  /** Largest wait before the second try; it doubles with every try. @default 200 */
  readonly baseDelayMs?: number
  /** @default 20_000 */
  readonly maxDelayMs?: number
  /** One request is given up, and with it the upload, after this time. @default 600_000 */
  readonly giveUpAfterMs?: number
  /** The whole upload is given up after this time. @default no limit */
  readonly deadlineMs?: number
  /** The upload is given up when more points than this were refused. @default 1000 */
  readonly maxRefused?: number
  /** Time in which none more of the points that the server acknowledged appears, before they count as lost. @default 60_000 */
  readonly checkTimeoutMs?: number
  /** How writes of several clients to one point are ordered by a cluster. @default weak, as the server has it */
  readonly ordering?: Schemas['WriteOrdering']
  /** Where the points go in a collection with custom sharding; the key must exist. @default none */
  readonly shardKey?: string | number
  readonly signal?: AbortSignal
  /** Called with the ids (in canonical form) of the points that one request stored. */
  readonly onStored?: (ids: readonly PointId[]) => void
  /** Called for each point that is named in `failed`, as soon as it is. */
  readonly onFailed?: (point: FailedPoint) => void
  /** @default the system's clock */
  readonly clock?: Clock
}

/** What {@link UploadOptions} are where nothing is said. */
export const UPLOAD_DEFAULTS = {
  batchBytes: 12_000_000,
  batchPoints: 256,
  concurrency: 4,
  wait: true,
  timeoutMs: 60_000,
  attempts: Number.POSITIVE_INFINITY,
  baseDelayMs: 200,
  maxDelayMs: 20_000,
  giveUpAfterMs: 600_000,
  deadlineMs: Number.POSITIVE_INFINITY,
  maxRefused: 1000,
  checkTimeoutMs: 60_000,
}

const OTHER_OPTIONS = ['ordering', 'shardKey', 'signal', 'onStored', 'onFailed', 'clock']

/** Every numeric option and `wait`, with nothing left to a default. */
export type UploadSettings = typeof UPLOAD_DEFAULTS

/** Options that are counts or times of at least 1; the others may be 0. */
const FROM_ONE: readonly string[] = ['batchBytes', 'batchPoints', 'concurrency', 'attempts', 'timeoutMs']

/** @throws InputError `UNKNOWN_OPTION`, `INVALID_OPTION` */
export function readUploadSettings(options: UploadOptions): UploadSettings {
  rejectUnknownOptions(options, [...Object.keys(UPLOAD_DEFAULTS), ...OTHER_OPTIONS], 'uploadPoints')
  const given = Object.entries(options).filter(([name, value]) => name in UPLOAD_DEFAULTS && value !== undefined)
  const settings: UploadSettings = { ...UPLOAD_DEFAULTS, ...Object.fromEntries(given) }
  for (const [name, value] of Object.entries(settings)) {
    const least = FROM_ONE.includes(name) ? 1 : 0
    if (name === 'wait' || (typeof value === 'number' && value >= least)) continue
    throw optionError(`uploadPoints: expected ${name} ≥ ${least}, got ${shown(value)}.`)
  }
  return settings
}
