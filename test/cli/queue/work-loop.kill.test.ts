import { test } from 'vitest'
import { randomNumbers } from '../../../src/scoring/random-numbers.js'
import { hasRedis } from '../../queue/redis-server.js'
import { expectToSurviveKilledWorkers } from './work-loop.kill.contract.js'

test.skipIf(!hasRedis)(
  'workers, Redis and the planner are killed, and the collection is that of an undisturbed run',
  async () => {
    const series = { documents: 2500, workers: 3, redis: 1, planner: 1, outageMs: 0, vectors: 'bm25' }
    await expectToSurviveKilledWorkers(series, randomNumbers(3))
  },
)
