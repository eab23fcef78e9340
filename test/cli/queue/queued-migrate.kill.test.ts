import { test } from 'vitest'
import { hasRedis } from '../../queue/redis-server.js'
import { expectMigrationToSurviveAKilledWorker } from './queued-migrate.kill.contract.js'

test.skipIf(!hasRedis)(
  'a worker of a migration is killed, searches go on, and the new collection is that of a fresh ingest',
  async () => {
    await expectMigrationToSurviveAKilledWorker({ documents: 600, model: 'tiny/static', partPoints: 50 })
  },
)
