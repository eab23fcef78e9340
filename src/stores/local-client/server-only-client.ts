import { unsupported } from '../request/refusal.js'

/** The methods of Qdrant's client that need a server: each is refused, by name, when it is called. */
export class ServerOnlyClient {
  /** Refused when it is called, not by a promise: what Qdrant's client gives here are the requests themselves. */
  readonly api = (): never => {
    throw unsupported('api()')
  }
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
  readonly listShardKeys = refuse('listShardKeys()')
  readonly collectionClusterInfo = refuse('collectionClusterInfo()')
  readonly updateCollectionCluster = refuse('updateCollectionCluster()')
  readonly clusterTelemetry = refuse('clusterTelemetry()')
  readonly getOptimizations = refuse('getOptimizations()')
  readonly search = refuse('search(), which query() replaces,')
  readonly searchBatch = refuse('searchBatch(), which queryBatch() replaces,')
  readonly searchPointGroups = refuse('searchPointGroups(), which queryGroups() replaces,')
  readonly recommend = refuse('recommend(), which query() replaces,')
  readonly recommendBatch = refuse('recommendBatch(), which queryBatch() replaces,')
  readonly recommend_batch = refuse('recommend_batch(), which queryBatch() replaces,')
  readonly recommendPointGroups = refuse('recommendPointGroups(), which queryGroups() replaces,')
  readonly discoverPoints = refuse('discoverPoints(), which query() replaces,')
  readonly discoverBatchPoints = refuse('discoverBatchPoints(), which queryBatch() replaces,')
}

function refuse(what: string): (...args: unknown[]) => Promise<never> {
  return () => Promise.reject(unsupported(what))
}
