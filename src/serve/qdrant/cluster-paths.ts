import { StoreError } from '../../errors.js'
import { unsupported } from '../../stores/request/refusal.js'

/** What only a cluster has, by method and path; `*` stands for one part. A server that is alone refuses it in these words. */
const CLUSTER = [
  ...['POST /cluster/recover', 'DELETE /cluster/peer/*', 'GET /cluster/telemetry', 'PUT /cluster/metadata/keys/*'],
  ...['GET /cluster/metadata/keys', 'GET /cluster/metadata/keys/*', 'DELETE /cluster/metadata/keys/*'],
  ...['POST /collections/*/cluster', 'PUT /collections/*/shards', 'POST /collections/*/shards/delete'],
]

/** What a server has and the embedded store has not, by name. */
const SERVER_ONLY: readonly (readonly [RegExp, string])[] = [
  [/^\w+ (\/collections\/[^/]+)?(\/shards\/[^/]+)?\/snapshots?(\/|$)/, 'A snapshot'],
  [/^\w+ \/locks$/, 'A lock for all writes'],
]

/** The refusal of a request that this service will never carry out, or null where it may be unknown altogether. */
export function refuseClusterPath(method: string, path: string): StoreError | null {
  const request = `${method} ${path.replace(/(.)\/$/, '$1')}`
  const [, what] = SERVER_ONLY.find(([pattern]) => pattern.test(request)) ?? []
  if (what !== undefined) return unsupported(`${what} (${request})`)
  const parts = request.split('/')
  const isCluster = CLUSTER.some((each) => {
    const wanted = each.split('/')
    return wanted.length === parts.length && wanted.every((part, i) => part === '*' || part === parts[i])
  })
  if (!isCluster) return null
  return new StoreError('NOT_SUPPORTED', `Bad request: Distributed mode disabled: ${request} needs a cluster.`, {
    status: 400,
  })
}
