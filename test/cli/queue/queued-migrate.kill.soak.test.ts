import { test } from 'vitest'
import { hasRedis } from '../../queue/redis-server.js'
import { expectMigrationToSurviveAKilledWorker } from './queued-migrate.kill.contract.js'

test.skipIf(!hasRedis)('5,000 documents of MiniLM get another model while a worker is killed', async () => {
  await expectMigrationToSurviveAKilledWorker({ documents: 5000, model: 'all-MiniLM-L6-v2', partPoints: 250 })
})
