import { describe, expect, test } from 'vitest'
import { RepeatedDocuments } from '../../../src/pipeline/documents/repeated-documents.js'

describe('repeated documents', () => {
  test('passes the records before the last one that is known of an id, and no other', () => {
    const repeated = new RepeatedDocuments(new Map([['a', 7]]))
    expect([6, 7, 8].map((record) => repeated.isReplaced('a', record))).toEqual([true, false, false])
    expect(repeated.isReplaced('b', 0)).toBe(false)
  })

  test('gives what was found once, with the last record of each id, and notes 100,000 ids at most', () => {
    const repeated = new RepeatedDocuments(new Map([['known', 1]]))
    repeated.add('a', 9)
    repeated.add('a', 4)
    expect(repeated.takeFound()).toEqual([['a', 9]])
    expect(repeated.takeFound()).toEqual([])
    for (let id = 0; id < 100_005; id++) repeated.add(id, id)
    expect(repeated.takeFound()).toHaveLength(99_998)
  })
})
