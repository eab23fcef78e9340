import { describe, expect, test } from 'vitest'
import { TransformerEncoder } from '../../../src/encoders/dense/transformer.js'
import { shareNetwork } from '../../../src/encoders/network/share-network.js'
import { denseAt } from '../../../src/vectors.js'

const DENSE = 'sentence-transformers/all-MiniLM-L6-v2'
const MIB = 2 ** 20
/** What ten encoders may take where one with a session of its own takes about 40 MiB. */
const ROOM_FOR_OPTIONS = 120 * MIB

class Counted {
  opened = 0
  released = 0
  readonly open = async () => {
    this.opened++
    return { run: async (...inputs: number[]) => inputs.length, release: async () => void this.released++ }
  }
}

describe('shareNetwork', () => {
  test('gives one network to all who ask for the same, and closes it once all have released it', async () => {
    const counted = new Counted()
    const [one, two] = await Promise.all([shareNetwork('one', counted.open), shareNetwork('one', counted.open)])
    expect(counted.opened).toBe(1)
    await one.release()
    await one.release()
    expect(counted.released).toBe(0)
    expect(await two.run(1, 2)).toBe(2)
    await expect(one.run(1)).rejects.toMatchObject({ code: 'SESSION_CLOSED' })
    await two.release()
    expect(counted.released).toBe(1)
    await (await shareNetwork('one', counted.open)).release()
    expect([counted.opened, counted.released]).toEqual([2, 2])
  })

  test('tries again what could not be opened', async () => {
    const counted = new Counted()
    await expect(shareNetwork('two', () => Promise.reject(new Error('no such file')))).rejects.toThrow('no such file')
    await (await shareNetwork('two', counted.open)).release()
    expect([counted.opened, counted.released]).toEqual([1, 1])
  })
})

test('ten encoders that differ in their token limit hold the session of one, and their texts keep their bits', async () => {
  const first = await TransformerEncoder.open({ dense: DENSE })
  const text = 'Cartilage is a connective tissue.'
  const alone = denseAt((await first.encode([text], 'document')).dense!, 0)
  const before = process.memoryUsage.rss()
  const others = await Promise.all(
    Array.from({ length: 10 }, (_, i) => TransformerEncoder.open({ dense: DENSE, maxTokens: 20 + i })),
  )
  for (const other of others) expect(denseAt((await other.encode([text], 'document')).dense!, 0)).toEqual(alone)
  expect(process.memoryUsage.rss() - before).toBeLessThan(ROOM_FOR_OPTIONS)
  await first.close()
  expect(denseAt((await others[0]!.encode([text], 'document')).dense!, 0)).toEqual(alone)
  for (const other of others) await other.close()
})
