import { expect, test } from 'vitest'
import { readSide } from '../../../src/serve/routes/input-side.js'

test.each([
  ['query', 'query'],
  ['SEARCH_QUERY', 'query'],
  ['retrieval.query', 'query'],
  ['document', 'document'],
  ['passage', 'document'],
  ['search_document', 'document'],
  ['clustering', null],
  [undefined, null],
])('%s is the side %s', (name, side) => {
  expect(readSide(name, 'input_type')).toBe(side)
})

test.each(['both', '__proto__', 7, {}])('%j is no side', (name) => {
  expect(() => readSide(name, 'input_type')).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }))
})
