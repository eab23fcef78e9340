import { expect, test } from 'vitest'
import { jobsOfRun, nextJobId, runOf } from '../../src/queue/redis-run-id.js'

test('the jobs of a run are counted, and the latest comes first', () => {
  expect([nextJobId('ab12'), nextJobId('ab12~2'), nextJobId('ab12~9')]).toEqual(['ab12~2', 'ab12~3', 'ab12~10'])
  expect([runOf('ab12'), runOf('ab12~10')]).toEqual(['ab12', 'ab12'])
  expect(jobsOfRun(['ab12~2', 'ab123', 'ab12', 'ab12~10'], 'ab12')).toEqual(['ab12~10', 'ab12~2', 'ab12'])
})
