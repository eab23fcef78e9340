import { expect, test } from 'vitest'
import type { IngestFlags } from '../../../src/cli/ingest/ingest-options.js'
import { refuseForQueue } from '../../../src/cli/queue/queue-flags.js'

const SERVER = { kind: 'qdrant', url: 'http://127.0.0.1:6333' } as const
const QUEUE = { queue: 'redis://127.0.0.1' }
const refuse = (flags: object, location: Parameters<typeof refuseForQueue>[1] = SERVER) =>
  refuseForQueue(flags as IngestFlags, location)

test('an ingest by queue refuses what concerns all of an input at once, and an embedded store', () => {
  expect(() => refuse(QUEUE)).not.toThrow()
  expect(() => refuse({ ...QUEUE, planOnly: true, partition: undefined })).not.toThrow()
  expect(() => refuse({ ...QUEUE, prune: true, vectorsFrom: 'x' })).toThrow(
    '--queue: expected no --prune and no --vectors-from beside it.',
  )
  expect(() => refuse({ ...QUEUE, partition: '1/2' })).toThrow('--partition')
  expect(() => refuse({ ...QUEUE, avgLen: 'fit' })).toThrow('expected a number for --avg-len')
  expect(() => refuse(QUEUE, { kind: 'local', path: 'store' })).toThrow('a server that all workers reach')
  expect(() => refuse({ planOnly: true })).toThrow('--plan-only: expected --queue URL beside it.')
  expect(() => refuse({}, { kind: 'local', path: 'store' })).not.toThrow()
})
