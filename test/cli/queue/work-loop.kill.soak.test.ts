import { test } from 'vitest'
import { randomNumbers } from '../../../src/scoring/random-numbers.js'
import { hasRedis } from '../../queue/redis-server.js'
import { expectToSurviveKilledWorkers } from './work-loop.kill.contract.js'

test.skipIf(!hasRedis)(
  '50 kills of workers, 5 of Redis, 3 of the planner and an outage of a minute leave no trace',
  async () => {
    const series = { documents: 20_000, workers: 50, redis: 5, planner: 3, outageMs: 60_000, vectors: 'bm25' }
    await expectToSurviveKilledWorkers(series, randomNumbers(11))
  },
)

test.skipIf(!hasRedis)('kills leave dense vectors as they are, bit for bit', async () => {
  const series = { documents: 800, workers: 5, redis: 1, planner: 0, outageMs: 0, vectors: 'dense,bm25' }
  await expectToSurviveKilledWorkers(series, randomNumbers(5))
})
