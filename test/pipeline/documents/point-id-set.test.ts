import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PointIdSet } from '../../../src/pipeline/documents/point-id-set.js'

test('has exactly the ids that were added, among integers and UUIDs', () => {
  const id = fc.oneof(fc.nat(), fc.uuid())
  fc.assert(
    fc.property(fc.array(id), fc.array(id), (added, others) => {
      const set = new PointIdSet()
      for (const one of added) set.add(one)
      expect(set.size).toBe(new Set(added).size)
      for (const one of added) expect(set.has(one)).toBe(true)
      for (const one of others) expect(set.has(one)).toBe(added.includes(one))
    }),
  )
})

test('tells 200,000 ids in a row from those that follow', () => {
  const set = new PointIdSet()
  for (let id = 0; id < 200_000; id++) set.add(id)
  expect(set.size).toBe(200_000)
  let wrong = 0
  for (let id = 200_000; id < 400_000; id++) if (set.has(id)) wrong += 1
  expect(wrong).toBe(0)
})
