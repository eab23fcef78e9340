import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromErrorRecord, toErrorRecord } from '../src/error-record.js'
import { InputError, ModelError, type OffgridError, StoreError, VectorError, WorkerError } from '../src/errors.js'

const status = fc.option(fc.integer({ min: 400, max: 599 }), { nil: undefined })
const error = fc
  .record({ code: fc.string({ minLength: 1 }), message: fc.string(), status })
  .chain(({ code, message, status }) =>
    fc.constantFrom<OffgridError>(
      new InputError(code, message),
      new ModelError(code, message),
      new VectorError(code, message, { status }),
      new WorkerError(code, message),
      new StoreError(code, message, { status }),
    ),
  )

test('an error that crossed a thread has its class, code, message and status again', () => {
  fc.assert(
    fc.property(error, (error) => {
      const again = fromErrorRecord(structuredClone(toErrorRecord(error)))
      expect(again.constructor).toBe(error.constructor)
      expect({ ...again }).toEqual({ ...error })
      expect(again.message).toBe(error.message)
    }),
  )
})

test('a missing collection is still a 404 behind a thread', () => {
  const missing = new StoreError('COLLECTION_MISSING', 'gone', { status: 404 })
  expect(fromErrorRecord(toErrorRecord(missing))).toMatchObject({ status: 404 })
})

test.each([
  [new RangeError('too deep'), 'too deep'],
  ['words', '"words"'],
  [null, 'null'],
  [Object.create(null), 'an object'],
])('what is no error of ours becomes a worker error: %o', (thrown, message) => {
  expect(fromErrorRecord(toErrorRecord(thrown))).toBeInstanceOf(WorkerError)
  expect(toErrorRecord(thrown)).toEqual({ kind: 'worker', code: 'WORKER_FAILED', message })
})
