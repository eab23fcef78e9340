import { expect, test } from 'vitest'
import { isSamePayload } from '../../src/stores/same-payload.js'

test.each([
  ['fields in another order', { a: 1, b: [{ c: 'x', d: null }] }, { b: [{ d: null, c: 'x' }], a: 1 }],
  ['a minus zero that comes back as zero', { x: 0 }, { x: -0 }],
  ['a number that JSON has no word for', { x: null }, { x: Number.NaN }],
  ['a field that is undefined', {}, { x: undefined }],
  ['no payload at all', null, {}],
  [
    'a float64 that the server read a unit in the last place off',
    { x: 0.12345678901234566 },
    { x: 0.12345678901234568 },
  ],
  ['a date', { at: '2026-01-01T00:00:00.000Z' }, { at: new Date(Date.UTC(2026, 0, 1)) }],
])('%s is the same payload', (_what, stored, given) => {
  expect(isSamePayload(stored, given)).toBe(true)
})

test.each([
  ['another text', { a: 'x' }, { a: 'y' }],
  ['a field more', { a: 1 }, { a: 1, b: undefined, c: null }],
  ['a field less', { a: 1, b: 2 }, { a: 1 }],
  ['lists of other lengths', { a: [1, 2] }, { a: [1] }],
  ['a list and an object', { a: [] }, { a: {} }],
  ['whole numbers one apart', { a: 9007199254740990 }, { a: 9007199254740991 }],
  ['a fraction close to a whole number', { a: 1 }, { a: 1.0000000000000002 }],
  ['float32 neighbours', { a: 0.1 }, { a: Math.fround(0.1) }],
  ['a number and its text', { a: 1 }, { a: '1' }],
])('%s is another payload', (_what, stored, given) => {
  expect(isSamePayload(stored, given)).toBe(false)
})
