import { unsupported } from '../request/refusal.js'

/** The methods of Qdrant's client that need a server: each is refused, by name, when it is called. */
export class ServerOnlyClient {
  readonly createSnapshot = refuse('createSnapshot()')
  readonly listSnapshots = refuse('listSnapshots()')
  readonly deleteSnapshot = refuse('deleteSnapshot()')
  readonly recoverSnapshot = refuse('recoverSnapshot()')
  readonly createFullSnapshot = refuse('createFullSnapshot()')
  readonly listFullSnapshots = refuse('listFullSnapshots()')
  readonly deleteFullSnapshot = refuse('deleteFullSnapshot()')
  readonly createShardSnapshot = refuse('createShardSnapshot()')
  readonly listShardSnapshots = refuse('listShardSnapshots()')
  readonly deleteShardSnapshot = refuse('deleteShardSnapshot()')
  readonly recoverShardFromSnapshot = refuse('recoverShardFromSnapshot()')
  readonly createShardKey = refuse('createShardKey()')
  readonly deleteShardKey = refuse('deleteShardKey()')
  readonly updateCollectionCluster = refuse('updateCollectionCluster()')
  readonly clusterTelemetry = refuse('clusterTelemetry()')
}

function refuse(what: string): (...args: unknown[]) => Promise<never> {
  return () => Promise.reject(unsupported(what))
}
