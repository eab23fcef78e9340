import { expect, test } from 'vitest'
import { toServerFilters } from '../../../../src/stores/qdrant/wire/server-filters.js'

const DIGITS = '1745555555555555557'

test('a list of integers within and beyond 2^53 becomes two conditions, since a server mixes no strings and integers', () => {
  const condition = (match: object) => ({ prefetch: [{ filter: { must: [{ key: 'a', match }] } }] })
  const split = (clause: string, kind: string) => ({
    prefetch: [
      {
        filter: {
          must: [
            {
              [clause]: [
                { key: 'a', match: { [kind]: [DIGITS] } },
                { key: 'a', match: { [kind]: [5, 6] } },
              ],
            },
          ],
        },
      },
    ],
  })
  expect(toServerFilters(condition({ any: [5, DIGITS, 6] }))).toEqual(split('should', 'any'))
  expect(toServerFilters(condition({ except: [5, DIGITS, 6] }))).toEqual(split('must', 'except'))
})

test('a bound beyond 2^53 is sent as a number', () => {
  const filter = { must: { key: 'a', range: { gte: DIGITS, lt: 5 } } }
  expect(toServerFilters({ filter })).toEqual({ filter: { must: { key: 'a', range: { gte: Number(DIGITS), lt: 5 } } } })
})

test('all else is as it was', () => {
  const body = {
    query: Float32Array.of(1, 2),
    prefetch: [{ query: [[1, 2]], filter: { must_not: [{ key: 'a', match: { any: ['x', 5] } }] } }],
    filter: {
      must: [
        { key: 'a', match: { any: [DIGITS, 'x'] } },
        { key: 'b', range: { gte: '2024-01-01' } },
        { has_id: [1, '00000000-0000-0000-0000-000000000001'] },
      ],
    },
    using: undefined,
  }
  expect(toServerFilters(body)).toEqual(body)
})
