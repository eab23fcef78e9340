import { afterEach, describe, expect, test } from 'vitest'
import { uploadCollection } from '../../../src/stores/qdrant/upload-collection.js'
import { closeUploads, expectStored, makePoints, startUpload } from '../../server/upload-setup.js'

afterEach(closeUploads)

function columnsOf(points: ReturnType<typeof makePoints>) {
  const names = Object.keys(points[0]!.vectors)
  return {
    ids: points.map(({ id }) => id),
    vectors: Object.fromEntries(names.map((name) => [name, points.map(({ vectors }) => vectors[name]!)])),
    payloads: points.map(({ payload }) => payload),
  }
}

describe('an upload of columns', () => {
  test('stores every row as the point that it is', async () => {
    const { store } = await startUpload()
    const points = makePoints(100)
    expect(await uploadCollection(store, 'c', columnsOf(points), { batchPoints: 32 })).toMatchObject({
      stored: 100,
      failed: [],
    })
    await expectStored(store, points)
  })

  test('takes streams, and closes all of them when one ends early; what was complete is stored', async () => {
    const { store } = await startUpload()
    const points = makePoints(30)
    const columns = columnsOf(points)
    let isClosed = false
    async function* ids() {
      try {
        yield* columns.ids
      } finally {
        isClosed = true
      }
    }
    const uneven = { ...columns, ids: ids(), payloads: columns.payloads.slice(0, 20) }
    await expect(uploadCollection(store, 'c', uneven)).rejects.toMatchObject({
      code: 'COLUMNS_UNEVEN',
      message: expect.stringContaining('payloads ended after 20 rows'),
    })
    expect(isClosed).toBe(true)
    expect(await store.count('c')).toBe(20)
  })
})
