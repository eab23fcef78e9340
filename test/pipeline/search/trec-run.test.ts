import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatRun, parseRun } from '../../../src/pipeline/search/trec-run.js'

test('a run that was written is read in the order that it was written in, also where scores are equal or closer than float32', () => {
  const scores = fc.array(fc.oneof(fc.constantFrom(0, 1, 1e-45, -1), fc.double({ min: -1e6, max: 1e6, noNaN: true })), {
    maxLength: 40,
  })
  fc.assert(
    fc.property(scores, (some) => {
      const hits = some.sort((a, b) => b - a).map((score, i) => ({ documentId: `d${(i * 7) % 41}-${i}`, score }))
      const text = formatRun('q', hits, 'tag')
      expect(parseRun(text, 'run').get('q') ?? []).toEqual(hits.map(({ documentId }) => documentId))
      expect(text.split('\n').filter(Boolean)).toHaveLength(hits.length)
    }),
  )
})

test('documents are ordered by score in float32, and equal ones by id from the last to the first, whatever their ranks say', () => {
  const run = 'q Q0 a 1 0.5 t\nq\tQ0\tc\t2\t0.5\tt\n\nq Q0 b 3 2e0 t\nr Q0 a 1 0.1 t'
  expect(parseRun(run, 'run')).toEqual(
    new Map([
      ['q', ['b', 'c', 'a']],
      ['r', ['a']],
    ]),
  )
})

test.each(['q Q0 a 1 0.5', 'q Q0 a 1 high t', '{"a": 1}'])('%s is no line of a run', (line) => {
  expect(() => parseRun(`q Q0 a 1 0.5 t\n${line}`, 'x.run')).toThrow(/x\.run, line 2/)
})

test('an id with white space has no place in a run', () => {
  expect(() => formatRun('q', [{ documentId: 'a b', score: 1 }], 't')).toThrow(
    expect.objectContaining({ code: 'RUN_NOT_WRITABLE' }),
  )
})
