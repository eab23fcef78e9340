import { expect, test } from 'vitest'
import { LocalClient } from '../../src/stores/local-client/local-client.js'
import { readCrosses, replayCross } from './crossed-cases.js'

/** The long series asks all of them. */
const OF_EACH = 50

test.each(readCrosses())('$cross: 50 requests are answered as by the core of the server', async (cross) => {
  expect(await replayCross(cross, LocalClient.memory(), OF_EACH)).toEqual([])
})
