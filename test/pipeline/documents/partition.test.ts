import { expect, test } from 'vitest'
import { pointId } from '../../../src/document.js'
import { isInPartition, parsePartition } from '../../../src/pipeline/documents/partition.js'

const documents = [
  ...Array.from({ length: 4000 }, (_, id) => ({ id, text: `document ${id}` })),
  ...Array.from({ length: 4000 }, (_, id) => ({ id: `doc-${id}`, text: `document ${id}` })),
  { id: null, text: 'without an id' },
  { id: '550E8400-E29B-41D4-A716-446655440000', text: 'a UUID in capitals' },
]

test('every document is in exactly one part, and the parts are about equal', () => {
  const counts = Array.from({ length: 16 }, () => 0)
  for (const document of documents) {
    const parts = counts.flatMap((_, i) => (isInPartition(document, { index: i + 1, count: 16 }) ? [i] : []))
    expect(parts).toHaveLength(1)
    counts[parts[0]!]! += 1
  }
  // 500 are expected in each; 5 standard deviations of a fair split
  for (const count of counts) expect(Math.abs(count - documents.length / 16)).toBeLessThan(110)
})

test('the part depends on the point id alone, whatever the text and the spelling of a UUID', () => {
  for (const { id } of documents.slice(0, 100)) {
    const part = [1, 2, 3].find((index) => isInPartition({ id, text: 'one' }, { index, count: 3 }))!
    expect(isInPartition({ id, text: 'another' }, { index: part, count: 3 })).toBe(true)
  }
  const canonical = '550e8400-e29b-41d4-a716-446655440000'
  expect(pointId({ id: canonical.toUpperCase(), text: '' })).toBe(canonical)
  const parts = [canonical, canonical.toUpperCase()].map((id) =>
    [1, 2, 3, 4, 5].find((index) => isInPartition({ id, text: '' }, { index, count: 5 })),
  )
  expect(parts[0]).toBe(parts[1])
})

test('parts are those of earlier releases: another hash would embed everything twice in a run that is continued', () => {
  const part = (id: string | number) =>
    [1, 2, 3, 4, 5, 6, 7].find((index) => isInPartition({ id, text: '' }, { index, count: 7 }))
  expect([0, 1, 2, 3, 'a', 'relapsing-polychondritis'].map(part)).toMatchInlineSnapshot(`
    [
      2,
      6,
      3,
      6,
      1,
      1,
    ]
  `)
})

test.each(['0/4', '5/4', '1/0', '1', '/', '1/2/3', '-1/2', '1.5/2', 'a/b', ''])('"%s" is no part', (text) => {
  expect(() => parsePartition(text)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
})

test('3/16 is the third of sixteen', () => {
  expect(parsePartition('3/16')).toEqual({ index: 3, count: 16 })
})
