import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WorkerError } from '../../src/errors.js'
import { tryInHalves } from '../../src/pool/try-in-halves.js'

const isBad = (item: string) => item.startsWith('bad')
const failing = async (items: readonly string[]) => {
  if (items.some(isBad)) throw new WorkerError('RUN_FAILED', 'one of them')
  return items.map((item) => `done ${item}`)
}

describe('tryInHalves', () => {
  it('refuses the items that fail alone and no others, with the results in the order of the items', async () => {
    const items = fc.array(fc.tuple(fc.boolean(), fc.nat()).map(([bad, i]) => `${bad ? 'bad' : 'good'} ${i}`))
    await fc.assert(
      fc.asyncProperty(items, async (list) => {
        const refuse = (item: string) => `refused ${item}`
        const results = await tryInHalves(list, failing, ({ code }) => code === 'RUN_FAILED', refuse)
        expect(results).toEqual(list.map((item) => (isBad(item) ? `refused ${item}` : `done ${item}`)))
      }),
    )
  })

  it('passes on a failure that no item can be the cause of, after one attempt', async () => {
    let attempts = 0
    const work = async (): Promise<string[]> => {
      attempts += 1
      throw new WorkerError('CANCELLED', 'the caller has gone')
    }
    const running = tryInHalves(['a', 'b', 'c'], work, ({ code }) => code === 'RUN_FAILED', String)
    await expect(running).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(attempts).toBe(1)
  })
})
