import fc from 'fast-check'
import { expect, test } from 'vitest'
import { boundedJson } from '../../../src/stores/local-client/bounded-json.js'

test('an answer is the JSON that JSON.stringify writes', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
      expect(boundedJson(value, 1e6)).toBe(JSON.stringify(value))
    }),
  )
  expect(boundedJson({ a: undefined, b: [{ c: undefined, d: null }] }, 100)).toBe('{"b":[{"d":null}]}')
  expect(boundedJson(undefined, 100)).toBe('null')
})

test('an answer that would be longer than the limit is refused before it is whole', () => {
  const point = { id: 1, payload: { text: 'a'.repeat(100) } }
  const points = new Proxy([point], {
    get: (list, key) => (key === 'length' ? 1e9 : key === 'entries' ? () => endless() : Reflect.get(list, key)),
  })
  function* endless() {
    for (let i = 0; ; i++) yield [i, point]
  }
  expect(() => boundedJson({ points }, 10_000)).toThrow(/more than 10000 characters/)
})
